//! Pages stay small, whatever they are made of.

use netsift_report::{
    Axis, Bars, Block, Cell, Chart, Column, Heat, Histogram, Input, Kind, Lines, Look, MOST_STATIC,
    Made, Page, Row, Scatter, Section, Series, Swarm, Table, Unit,
};

/// Much of everything, with names that are long and grow when they are escaped.
fn huge(sections: usize) -> Page {
    let long = "<&\"'>\u{202e}".repeat(2_000);
    let names: Vec<String> = (0..300).map(|at| format!("{at}{long}")).collect();
    let points: Vec<_> =
        (0..20_000).map(|at| (f64::from(at), f64::from(at * 7_919 % 9_973))).collect();
    let series = |name: &String| Series::new(name.as_str(), points.clone());
    let values = |_| (0..300).map(f64::from).collect::<Vec<_>>();
    let kinds: [Kind; 6] = [
        Lines::of(names.iter().take(20).map(series).collect()).into(),
        Bars::of(names.clone(), values(0)).into(),
        Histogram::of((0..=5_000).map(f64::from).collect(), vec![1.0; 5_000]).into(),
        Heat::of(names.clone(), names.clone(), (0..300).map(values).collect()).into(),
        Scatter::of(vec![(long.clone(), points.clone())]).into(),
        Swarm::of(
            names.iter().map(|name| Row::new(name.as_str(), vec![(1.0, 0.5); 500])).collect(),
        )
        .into(),
    ];
    let charts =
        kinds.map(|kind| Chart::new(&long, &long, kind).unwrap().x(Axis::new(&long, Unit::Count)));
    let mut table = Table::new(
        &long,
        vec![Column::text(&long), Column::number(&long, Unit::Bytes).with_bars()],
    );
    for count in 0..1_000_u32 {
        table.push(vec![Cell::from(long.as_str()), f64::from(count).into()]).unwrap();
    }
    let inputs = vec![Input::of(&long, &b""[..]).unwrap(); 300];
    let made =
        Made { program: long.clone(), command: long.clone(), at: Some(long.clone()), inputs };
    let mut page = Page::new(&long, made);
    for _ in 0..sections {
        let mut section =
            Section::new(&long).sentence(&long).warning(&long).figure(&long, 1.0, Unit::Bytes);
        section = charts.iter().cloned().fold(section, Section::with).with(table.clone());
        page.push(
            section.with(Block::Details(long.clone(), vec![Block::Details(long.clone(), vec![])])),
        );
    }
    page
}

#[test]
fn a_static_page_has_a_megabyte_at_the_most() {
    for sections in [1, 6] {
        let html = huge(sections).render(Look::Static).unwrap();
        assert!(html.len() <= MOST_STATIC, "{sections} sections: {} bytes", html.len());
        assert!(html.ends_with("</html>\n"));
        assert!(sections == 1 || html.contains("Parts that were left out: "));
    }
}

#[cfg(feature = "plotly")]
#[test]
fn an_interactive_page_has_ten_at_the_most() {
    use netsift_report::MOST_INTERACTIVE;
    let html = huge(12).render(Look::Interactive).unwrap();
    assert!(html.len() <= MOST_INTERACTIVE, "{} bytes", html.len());
    assert!(html.contains("Parts that were left out: "), "the room was not used up");
    assert_eq!(html.matches("plotly.js v").count(), 1, "the library is there once");
}

#[test]
fn more_sections_than_anybody_reads_are_bounded_too() {
    let mut page = Page::new("p", Made::default());
    for at in 0..10_000 {
        page.push(Section::new(format!("section {at} {}", "<".repeat(5_000))));
    }
    let html = page.render(Look::Static).unwrap();
    assert!(html.len() <= MOST_STATIC, "{} bytes", html.len());
    assert!(html.contains("Parts that were left out: 8"));
}

/// What the documentation says of sizes.
#[test]
fn an_ordinary_page_is_far_below() {
    let html = crate::made::page().render(Look::Static).unwrap();
    assert!(html.len() < 500_000, "{} bytes", html.len());
}
