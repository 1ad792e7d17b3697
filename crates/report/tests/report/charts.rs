//! Charts as drawings, pictures and characters.

use netsift_report::{Axis, Bars, Chart, Kind, Lines, Series, Unit};
use scraper::{Html, Selector};

use crate::made::{HOSTILE, charts};

/// How many elements of a drawing fit.
fn count(svg: &Html, selector: &str) -> usize {
    svg.select(&Selector::parse(selector).unwrap()).count()
}

fn drawn(chart: &Chart) -> Html {
    Html::parse_fragment(&chart.svg().unwrap())
}

fn find(title: &str) -> Chart {
    charts().into_iter().find(|chart| chart.title() == title).unwrap()
}

fn texts(svg: &Html) -> Vec<String> {
    let all = Selector::parse("text").unwrap();
    svg.select(&all).map(|text| text.text().collect::<String>().trim().to_owned()).collect()
}

#[test]
fn drawings_have_their_labels_and_as_many_marks_as_data() {
    let bars = drawn(&find("Busiest sources"));
    assert_eq!(count(&bars, "rect[fill='#006FD0']"), 12);
    let sizes = drawn(&find("Packet sizes"));
    assert_eq!(count(&sizes, "rect[fill='#006FD0']"), 37);
    let lines = drawn(&find("Packets over time"));
    assert_eq!(count(&lines, "polyline[stroke-width='3']"), 3);
    let roc = drawn(&find("ROC"));
    assert!(count(&roc, "polyline[stroke='#5B6675']") > 20, "the reference is broken");
    let calibration = drawn(&find("Calibration"));
    assert_eq!(count(&calibration, "polygon"), 1);
    let stacked = drawn(&find("TCP ends"));
    assert_eq!(count(&stacked, "rect"), 8 + 3, "one of nine is empty, and three squares");
    let boxes = drawn(&find("Flow durations"));
    assert_eq!(count(&boxes, "rect[fill='#006FD0']"), 4);
    assert_eq!(count(&boxes, "polyline[stroke='#FFFFFF']"), 4, "medians");
    let swarm = drawn(&find("Contributions"));
    assert_eq!(count(&swarm, "circle"), 8 * 150);
    let scatter = drawn(&find("Flows"));
    assert_eq!((count(&scatter, "circle[fill='#006FD0']"), count(&scatter, "circle")), (300, 600));
    let heat = drawn(&find("Confusion"));
    assert_eq!(count(&heat, "rect"), 25 + 9);
    for told in ["brute force", "4,000", "rows: true; columns: predicted", "Confusion"] {
        assert!(texts(&heat).iter().any(|text| text == told), "{told}: {:?}", texts(&heat));
    }
    for told in ["2017-07-07, UTC", "packets per second", "14:05", "TCP"] {
        assert!(texts(&lines).iter().any(|text| text == told), "{told}: {:?}", texts(&lines));
    }
}

#[test]
fn no_text_leaves_its_place_in_a_drawing() {
    for chart in charts() {
        let svg = chart.svg().unwrap();
        let tree = Html::parse_fragment(&svg);
        let own = "svg, rect, circle, polyline, polygon, text";
        let all = Selector::parse("svg, svg *").unwrap();
        assert_eq!(tree.select(&all).count(), count(&tree, own), "{}", chart.title());
        assert!(!svg.contains('\u{202e}') && !svg.contains('\0'), "{}", chart.title());
        assert_eq!(svg.matches('<').count(), svg.matches('>').count());
    }
}

#[test]
fn nothing_is_drawn_outside_of_a_drawing() {
    for chart in charts() {
        let tree = drawn(&chart);
        let svg = tree.select(&Selector::parse("svg").unwrap()).next().unwrap();
        let size = |name: &str| svg.value().attr(name).unwrap().parse::<f64>().unwrap();
        let (width, height) = (size("width"), size("height"));
        for (across, down) in [("x", "y"), ("cx", "cy")] {
            for mark in tree.select(&Selector::parse("rect, circle, text").unwrap()) {
                let at =
                    |name| mark.value().attr(name).map_or(0.0, |at| at.parse::<f64>().unwrap());
                assert!((0.0..=width).contains(&at(across)), "{}: {}", chart.title(), mark.html());
                assert!((0.0..=height).contains(&at(down)), "{}: {}", chart.title(), mark.html());
            }
        }
    }
}

#[test]
fn empty_charts_and_numbers_of_no_size_are_drawn_too() {
    let ends =
        [0.0, -0.0, 1.0, -1.0, f64::MAX, f64::MIN, f64::MIN_POSITIVE, f64::NAN, f64::INFINITY];
    let units = [Unit::Plain, Unit::Count, Unit::Bytes, Unit::Seconds, Unit::Share, Unit::Time];
    for (x, y) in ends.iter().flat_map(|x| ends.iter().map(move |y| (*x, *y))) {
        for unit in units {
            let kinds: [Kind; 3] = [
                Lines::of(vec![Series::new("a", vec![(x, y), (y, x)])]).into(),
                Bars::of(vec!["a".into(), "b".into()], vec![x, y]).into(),
                Lines::of(vec![]).into(),
            ];
            for kind in kinds {
                let chart = Chart::new("t", "", kind).unwrap();
                for axis in [Axis::new("", unit), Axis::new("", unit).log()] {
                    let chart = chart.clone().x(axis.clone()).y(axis);
                    let svg = chart.svg().unwrap();
                    assert!(!svg.contains("NaN") && svg.len() < 100_000, "{x} {y} {unit:?}");
                    assert!(!chart.text(40).is_empty());
                }
            }
        }
    }
}

#[test]
fn characters_stay_in_their_columns_and_steer_nothing() {
    for chart in charts() {
        for width in [24, 40, 80] {
            let text = chart.text(width);
            for line in text.lines().skip(1).filter(|line| !line.starts_with('(')) {
                let columns = line.chars().count();
                assert!(columns <= width + 12, "{}: {columns} columns: {line}", chart.title());
            }
            assert!(!text.contains(['\u{1b}', '\u{202e}', '\0']), "{}", chart.title());
        }
    }
}

#[test]
fn numbers_of_every_chart_are_a_table() {
    for chart in charts() {
        let table = chart.numbers().unwrap();
        assert!(table.total() > 0, "{}", chart.title());
        assert_eq!(table.title(), chart.title());
    }
    let busiest = find("Busiest sources").numbers().unwrap();
    assert_eq!(
        (busiest.cell(0, 0).as_str(), busiest.cell(0, 1).as_str()),
        (HOSTILE[0], "26,000,000")
    );
}

#[cfg(feature = "png")]
#[test]
fn pictures_are_png_files_of_the_size_of_the_drawing() {
    for chart in charts() {
        let bytes = chart.png().unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        let svg = chart.svg().unwrap();
        let size = format!("<svg width=\"{}\" height=\"{}\"", frame.width, frame.height);
        assert!(svg.starts_with(&size), "{}: {size}, {}", chart.title(), &svg[..60]);
        let white =
            pixels.iter().filter(|byte| **byte == 0xff).count() as f64 / pixels.len() as f64;
        assert!((0.3..0.995).contains(&white), "{}: {white} of it are white", chart.title());
    }
}
