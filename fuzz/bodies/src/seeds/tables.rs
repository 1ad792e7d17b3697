//! Tables with a defect each, and without.

use super::Seed;

/// Blocks of 7 bytes, the usual policies, rows of up to 100 bytes.
const CHOICES: [u8; 3] = [6, 255 - 1, 99];

const CSV: [&str; 14] = [
    "a,b,c\n1,2.5,x\n-3,1e-5,y\n",
    "\u{feff}a;b\r\n1;2\r\n3;4\r\n",
    "a\tb\r1\t2\r3\t4",
    "n,m\nNaN,Infinity\n-inf,1e400\n,abc\n0.1234567890123456,123456789012345678901\n",
    "t,n\n\"a,\"\"b\"\"\nc\",1\n\"d\"e,2\nf\"g,3\n\"\",4\n",
    "a,b\n1,2\n3\n4,5,6\n\n7,8",
    "a,b\n1,2\na,b\n3,4\n",
    "Fwd Header Length,b,Fwd Header Length\n1,2,1\n3,4,3\n",
    ",a,,a\n0,1,2,3\n",
    "t\n\"never closed\nend",
    "1,x\n2,y\n2,y\n2,z\n",
    "a\n=1+1\n'q\n\"'=1\"\n＝1\n",
    "a,b\n-0,0.0\n-0.0,+1\n.5,5.\n",
    "label,n\nbenign,1\n,2\n?,3\nattack, 4 \n",
];

const ARFF: [&str; 9] = [
    "@relation r\n@attribute n numeric\n@attribute c {b,'a a'}\n@data\n1,b\n?,'a a'\n",
    "% remark\n@RELATION 'x y',,\n,,,\n@attribute \"q r\" real\n@attribute s string\n@attribute d date \"yyyy\"\n@DATA\n1,'it\\'s',\"2020\"\n,,\n",
    "@relation r\n@attribute n numeric\n@attribute c {b,a}\n@attribute s string\n@data\n{}\n{0 7, 1 a,2 'x y'}\n{9 1}\n",
    "@relation r\r\n@attribute n integer\r\n@data\r\n1\r\n'2'\r\n'3\r\n",
    "@relation r\n@attribute n numeric\n@data\n1,2\nx\n1e400\n",
    "@relation r\n@attribute n numeric\n@attribute n numeric\n@data\n1,1\n2,2\n2,2\n",
    "@relation r\n@attribute c {'it\\'s',\"q\\\"r\",}\n@attribute n real\n@data\n'it\\'s',1\n\"q\\\"r\",2\n",
    "\u{feff}@relation r\n@attribute d date\n@attribute n real\n@data\n% remark\n\n2020-01-01,-0.0\n",
    "@relation r\n@attribute n relational\n@attribute m integer\n@end n\n@data\n1\n",
];

pub(super) fn csv() -> Vec<Seed> {
    seeds(&CSV)
}

pub(super) fn arff() -> Vec<Seed> {
    seeds(&ARFF)
}

fn seeds(tables: &[&str]) -> Vec<Seed> {
    let seed = |(place, table): (usize, &&str)| {
        (format!("table-{place:02}"), [&CHOICES, table.as_bytes()].concat())
    };
    tables.iter().enumerate().map(seed).collect()
}
