use netsift_benches::{Mix, ours, theirs};
use std::hint::black_box;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let mix = Mix::of_reference_captures().unwrap().sample(40);
    let n: usize = a[2].parse().unwrap();
    println!("{} frames", mix.len());
    let t = std::time::Instant::now();
    for _ in 0..n {
        for f in mix.frames() {
            if a[1] == "ours" {
                black_box(ours(black_box(f)));
            } else {
                black_box(theirs(black_box(f)));
            }
        }
    }
    println!("{:.1} ns", t.elapsed().as_nanos() as f64 / (n * mix.len()) as f64);
}
