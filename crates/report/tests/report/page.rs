//! Pages as a browser's parser reads them.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use netsift_report::{Look, Made, Page, Section};
use scraper::{ElementRef, Html, Selector};
use sha2::{Digest, Sha256};

use crate::made::{HOSTILE, page, table_page};

/// All ways to draw a page.
const LOOKS: &[Look] = &[
    Look::Static,
    #[cfg(feature = "plotly")]
    Look::Interactive,
];

fn select<'a>(tree: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    tree.select(&Selector::parse(selector).unwrap()).collect()
}

fn text(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().trim().to_owned()
}

fn rendered(look: Look) -> (String, Html) {
    let html = page().render(look).unwrap();
    let tree = Html::parse_document(&html);
    (html, tree)
}

#[test]
fn a_page_is_well_formed_and_its_ids_are_its_own() {
    for look in LOOKS {
        let (_, tree) = rendered(*look);
        assert_eq!(tree.errors.len(), 0, "{:?}", tree.errors);
        let ids: Vec<_> =
            select(&tree, "[id]").iter().map(|e| e.value().id().unwrap().to_owned()).collect();
        let different: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), different.len(), "{ids:?}");
        for link in select(&tree, "a[href^='#']") {
            let to = &link.value().attr("href").unwrap()[1..];
            assert!(ids.iter().any(|id| id == to), "{to} is nowhere");
        }
    }
}

#[test]
fn texts_of_others_are_text_wherever_they_stand() {
    for look in LOOKS {
        let (html, tree) = rendered(*look);
        let scripts = select(&tree, "script:not([type])").len();
        assert_eq!(scripts, if *look == Look::Static { 1 } else { 2 });
        for selector in
            ["img", "iframe", "object", "link", "base", "form", "a[href*=':']", "style ~ style"]
        {
            assert_eq!(select(&tree, selector).len(), 0, "{selector}");
        }
        let handlers = |element: &ElementRef<'_>| {
            element.value().attrs().any(|(name, _)| name.starts_with("on"))
        };
        assert!(!select(&tree, "*").iter().any(handlers), "something listens");
        let shown = select(&tree, "h2").into_iter().map(text).collect::<Vec<_>>();
        assert!(shown.iter().any(|heading| heading == HOSTILE[0]), "{shown:?}");
        assert!(!html.contains(['\u{202e}', '\u{2028}', '\0', '\u{1b}']));
    }
}

#[test]
fn nothing_is_loaded_and_no_other_script_runs() {
    for look in LOOKS {
        let (_, tree) = rendered(*look);
        let policy = select(&tree, "meta[http-equiv='Content-Security-Policy']")[0];
        let policy = policy.value().attr("content").unwrap();
        assert!(policy.starts_with("default-src 'none';"));
        assert!(!policy.contains("http") && !policy.contains("unsafe-eval"));
        let (_, scripts) = policy.split_once("script-src").unwrap();
        assert!(!scripts.contains("unsafe-inline"));
        for script in select(&tree, "script:not([type])") {
            let sum = BASE64_STANDARD.encode(Sha256::digest(script.text().collect::<String>()));
            assert!(scripts.contains(&sum), "a script is not allowed");
        }
        assert_eq!(select(&tree, "[src], [srcset], [poster], [background]").len(), 0);
    }
}

#[test]
fn who_does_not_see_it_is_told_the_same() {
    for look in LOOKS {
        let (_, tree) = rendered(*look);
        for landmark in ["header", "nav[aria-label]", "main", "footer", "html[lang]", "title"] {
            assert_eq!(select(&tree, landmark).len(), 1, "{landmark}");
        }
        assert_eq!(select(&tree, "h1").len(), 1);
        let levels: Vec<u32> = select(&tree, "h1, h2, h3")
            .iter()
            .map(|h| h.value().name()[1..].parse().unwrap())
            .collect();
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
        assert_eq!(select(&tree, "figure").len(), 13);
        assert_eq!(select(&tree, "figure > figcaption > h3").len(), 13);
        assert_eq!(
            select(&tree, "figure > .drawing[aria-label] > [role=img][aria-label]").len(),
            13
        );
        assert_eq!(select(&tree, "figure > details table").len(), 13, "numbers");
        let tables = select(&tree, "table").len();
        assert_eq!(select(&tree, "table > caption").len(), tables);
        assert_eq!(select(&tree, "thead th:not([scope=col])").len(), 0);
        assert_eq!(select(&tree, "tbody th:not([scope=row])").len(), 0);
    }
}

#[test]
fn numbers_are_told_with_thousands_and_sorted_by_what_they_are() {
    let (_, tree) = rendered(Look::Static);
    let row = select(&tree, "main table tbody tr")[0];
    let cells: Vec<_> = row.child_elements().map(text).collect();
    assert_eq!(cells[2..5], ["48,148", "26,000,000", "53.83 %"]);
    let values: Vec<_> =
        row.child_elements().filter_map(|cell| cell.value().attr("data-v")).collect();
    assert_eq!(values[..2], ["48148", "26000000"]);
    assert_eq!(text(select(&tree, "main caption small")[0]), "20 of 1,234 rows");
    let figures: Vec<_> = select(&tree, ".figures dd").into_iter().map(text).collect();
    assert_eq!(
        figures[..3],
        ["83.1 k 83,123", "48.3 MB 48,300,417", "600 s"].map(|t| match t {
            "600 s" => "10 min",
            t => t,
        })
    );
}

#[test]
fn how_it_was_made_stands_at_the_end() {
    let (_, tree) = rendered(Look::Static);
    let footer = text(select(&tree, "footer")[0]);
    for told in ["netsift 0.1.0", "netsift explore <script>", "office.pcap", "6437b3ac38465133"] {
        assert!(footer.contains(told), "{told}: {footer}");
    }
}

#[test]
fn a_page_of_nothing_is_a_page() {
    let html = Page::new("", Made::default()).render(Look::Static).unwrap();
    assert_eq!(Html::parse_document(&html).errors.len(), 0);
    let mut page = Page::new("x", Made::default());
    page.push(Section::new(""));
    let html = page.render(Look::Static).unwrap();
    assert_eq!(Html::parse_document(&html).errors.len(), 0);
}

#[test]
fn the_page_of_a_table_is_well_formed_and_its_texts_are_text() {
    for look in LOOKS {
        let html = table_page().render(*look).unwrap();
        let tree = Html::parse_document(&html);
        assert_eq!(tree.errors.len(), 0, "{:?}", tree.errors);
        assert_eq!(select(&tree, "img, iframe, form, a[href*=':']").len(), 0);
        assert!(select(&tree, "figure").len() >= 10);
        let heads: Vec<_> = select(&tree, "tbody th").into_iter().map(text).collect();
        assert!(heads.iter().any(|head| head == HOSTILE[0]), "a class is a name in a table");
        assert!(!html.contains(['\u{202e}', '\u{2028}', '\0', '\u{1b}']));
    }
}

/// Pages, pictures and characters to be looked at, and for the browser test: `NETSIFT_PAGES` says where.
#[test]
fn pages_are_written_for_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("NETSIFT_PAGES").map(std::path::PathBuf::from);
    let folder = kept.as_deref().unwrap_or(folder.path());
    let evaluation = crate::evaluation::two_models();
    let pages = [("", page()), ("-table", table_page()), ("-evaluation", evaluation)];
    for look in LOOKS {
        let kind = if *look == Look::Static { "static" } else { "interactive" };
        for (name, page) in &pages {
            let path = folder.join(format!("{kind}{name}.html"));
            page.write(*look, std::fs::File::create(&path).unwrap()).unwrap();
            assert!(std::fs::metadata(&path).unwrap().len() > 10_000);
        }
    }
    std::fs::write(folder.join("page.txt"), page().text(80)).unwrap();
    #[cfg(feature = "png")]
    for (nth, chart) in page().charts().into_iter().enumerate() {
        std::fs::write(folder.join(format!("chart-{}.png", nth + 1)), chart.png().unwrap())
            .unwrap();
    }
}
