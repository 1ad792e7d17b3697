//! Descriptions of data sets that many have learnt from.

use super::description::{CellKind, DescribedColumn, Role};
use crate::Description;

/// A column: name, kind, role, other names.
type Row = (&'static str, CellKind, Role, &'static [&'static str]);

use CellKind::{Number, Text};
use Role::{Feature, Identity, Label, Time, Verdict};

const fn number(name: &'static str) -> Row {
    (name, Number, Feature, &[])
}

const fn text(name: &'static str) -> Row {
    (name, Text, Feature, &[])
}

impl Description {
    /// UNSW-NB15 in its four parts of all flows: 49 columns, no header. The label is the category of the attack, and an
    /// empty one means normal traffic.
    #[must_use]
    pub fn unsw_nb15() -> Self {
        Self {
            header: Some(false),
            empty_label: Some("Normal".to_owned()),
            trim: true, // some labels have blanks around them in some files
            ..described("UNSW-NB15", UNSW_NB15)
        }
    }

    /// UNSW-NB15 as its set to train with and its set to test with: 45 columns with a header.
    #[must_use]
    pub fn unsw_nb15_sets() -> Self {
        Self { header: Some(true), ..described("UNSW-NB15 sets", UNSW_NB15_SETS) }
    }

    /// NSL-KDD: 41 features, the label and how hard the row is; no header. Older files lack the last column.
    #[must_use]
    pub fn nsl_kdd() -> Self {
        Self { header: Some(false), ..described("NSL-KDD", NSL_KDD) }
    }

    /// UCI's "Internet Firewall Data": 12 columns with a header. Ports are features here: there is little else.
    #[must_use]
    pub fn uci_firewall() -> Self {
        Self { header: Some(true), ..described("UCI firewall", UCI_FIREWALL) }
    }

    /// All of them.
    #[must_use]
    pub fn known() -> [Self; 4] {
        [Self::unsw_nb15(), Self::unsw_nb15_sets(), Self::nsl_kdd(), Self::uci_firewall()]
    }
}

fn described(name: &str, rows: &[Row]) -> Description {
    let column = |&(name, kind, role, spellings): &Row| DescribedColumn {
        name: name.to_owned(),
        kind: Some(kind),
        role,
        spellings: spellings.iter().map(|&spelling| spelling.to_owned()).collect(),
    };
    let columns = rows.iter().map(column).collect();
    Description { name: name.to_owned(), columns, ..Description::default() }
}

const UNSW_NB15: &[Row] = &[
    ("srcip", Text, Identity, &[]),
    ("sport", Text, Identity, &[]), // some are hexadecimal
    ("dstip", Text, Identity, &[]),
    ("dsport", Text, Identity, &[]),
    text("proto"),
    text("state"),
    number("dur"),
    number("sbytes"),
    number("dbytes"),
    number("sttl"),
    number("dttl"),
    number("sloss"),
    number("dloss"),
    text("service"),
    ("Sload", Number, Feature, &[]),
    ("Dload", Number, Feature, &[]),
    number("Spkts"),
    number("Dpkts"),
    number("swin"),
    number("dwin"),
    number("stcpb"),
    number("dtcpb"),
    ("smeansz", Number, Feature, &["smean"]),
    ("dmeansz", Number, Feature, &["dmean"]),
    number("trans_depth"),
    ("res_bdy_len", Number, Feature, &["response_body_len"]),
    number("Sjit"),
    number("Djit"),
    ("Stime", Number, Time, &[]),
    ("Ltime", Number, Identity, &[]),
    ("Sintpkt", Number, Feature, &["sinpkt"]),
    ("Dintpkt", Number, Feature, &["dinpkt"]),
    number("tcprtt"),
    number("synack"),
    number("ackdat"),
    number("is_sm_ips_ports"),
    number("ct_state_ttl"),
    number("ct_flw_http_mthd"),
    number("is_ftp_login"),
    number("ct_ftp_cmd"),
    number("ct_srv_src"),
    number("ct_srv_dst"),
    number("ct_dst_ltm"),
    number("ct_src_ltm"),
    number("ct_src_dport_ltm"),
    number("ct_dst_sport_ltm"),
    number("ct_dst_src_ltm"),
    ("attack_cat", Text, Label, &[]),
    ("Label", Text, Verdict, &[]),
];

const UNSW_NB15_SETS: &[Row] = &[
    ("id", Number, Identity, &[]),
    number("dur"),
    text("proto"),
    text("service"),
    text("state"),
    number("Spkts"),
    number("Dpkts"),
    number("sbytes"),
    number("dbytes"),
    number("rate"),
    number("sttl"),
    number("dttl"),
    number("Sload"),
    number("Dload"),
    number("sloss"),
    number("dloss"),
    ("Sintpkt", Number, Feature, &["sinpkt"]),
    ("Dintpkt", Number, Feature, &["dinpkt"]),
    number("Sjit"),
    number("Djit"),
    number("swin"),
    number("stcpb"),
    number("dtcpb"),
    number("dwin"),
    number("tcprtt"),
    number("synack"),
    number("ackdat"),
    ("smeansz", Number, Feature, &["smean"]),
    ("dmeansz", Number, Feature, &["dmean"]),
    number("trans_depth"),
    ("res_bdy_len", Number, Feature, &["response_body_len"]),
    number("ct_srv_src"),
    number("ct_state_ttl"),
    number("ct_dst_ltm"),
    number("ct_src_dport_ltm"),
    number("ct_dst_sport_ltm"),
    number("ct_dst_src_ltm"),
    number("is_ftp_login"),
    number("ct_ftp_cmd"),
    number("ct_flw_http_mthd"),
    number("ct_src_ltm"),
    number("ct_srv_dst"),
    number("is_sm_ips_ports"),
    ("attack_cat", Text, Label, &[]),
    ("Label", Text, Verdict, &[]),
];

const NSL_KDD: &[Row] = &[
    number("duration"),
    text("protocol_type"),
    text("service"),
    text("flag"),
    number("src_bytes"),
    number("dst_bytes"),
    number("land"),
    number("wrong_fragment"),
    number("urgent"),
    number("hot"),
    number("num_failed_logins"),
    number("logged_in"),
    number("num_compromised"),
    number("root_shell"),
    number("su_attempted"),
    number("num_root"),
    number("num_file_creations"),
    number("num_shells"),
    number("num_access_files"),
    number("num_outbound_cmds"),
    ("is_host_login", Number, Feature, &["is_hot_login"]),
    number("is_guest_login"),
    number("count"),
    number("srv_count"),
    number("serror_rate"),
    number("srv_serror_rate"),
    number("rerror_rate"),
    number("srv_rerror_rate"),
    number("same_srv_rate"),
    number("diff_srv_rate"),
    number("srv_diff_host_rate"),
    number("dst_host_count"),
    number("dst_host_srv_count"),
    number("dst_host_same_srv_rate"),
    number("dst_host_diff_srv_rate"),
    number("dst_host_same_src_port_rate"),
    number("dst_host_srv_diff_host_rate"),
    number("dst_host_serror_rate"),
    number("dst_host_srv_serror_rate"),
    number("dst_host_rerror_rate"),
    number("dst_host_srv_rerror_rate"),
    ("label", Text, Label, &["class", "attack", "attack_type"]),
    ("difficulty", Number, Verdict, &["difficulty_level", "level", "score"]),
];

const UCI_FIREWALL: &[Row] = &[
    number("Source Port"),
    number("Destination Port"),
    number("NAT Source Port"),
    number("NAT Destination Port"),
    ("Action", Text, Label, &[]),
    number("Bytes"),
    number("Bytes Sent"),
    number("Bytes Received"),
    number("Packets"),
    ("Elapsed Time (sec)", Number, Feature, &["elapsed_time"]),
    number("pkts_sent"),
    number("pkts_received"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_sound_and_have_as_many_columns_as_their_data_sets() {
        let widths = Description::known().map(|description| {
            description.check().unwrap();
            assert_eq!(description.of_role(Label).count(), 1, "{}", description.name);
            description.columns.len()
        });
        assert_eq!(widths, [49, 45, 43, 12]);
    }

    #[test]
    fn both_forms_of_unsw_nb15_call_their_columns_the_same() {
        let (parts, sets) = (Description::unsw_nb15(), Description::unsw_nb15_sets());
        let not_in_parts: Vec<_> =
            sets.columns.iter().filter(|column| parts.column(&column.name).is_none()).collect();
        let names: Vec<_> = not_in_parts.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["id", "rate"]);
    }
}
