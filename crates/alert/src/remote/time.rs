//! Times as text: RFC 3339, RFC 5322 and HTTP's.

const DAY: i64 = 86_400;
const NANOS: i64 = 1_000_000_000;
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// 1 January 1970 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// Nanoseconds since 1970 as `2026-11-21T23:42:31.123456Z`: syslog allows no finer parts.
pub(crate) fn rfc3339(nanos: i64) -> String {
    let (seconds, part) = (nanos.div_euclid(NANOS), nanos.rem_euclid(NANOS));
    let ((year, month, day), (hour, minute, second)) = calendar(seconds);
    let micros = part / 1000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

/// Seconds since 1970 as `Sat, 21 Nov 2026 23:42:31 +0000`.
pub(crate) fn rfc5322(seconds: i64) -> String {
    let ((year, month, day), (hour, minute, second)) = calendar(seconds);
    let weekday = WEEKDAYS[seconds.div_euclid(DAY).rem_euclid(7) as usize];
    let month = MONTHS[month as usize - 1];
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000")
}

/// Seconds since 1970 out of `Sun, 06 Nov 1994 08:49:37 GMT`, the one form of HTTP's dates that is still sent.
pub(crate) fn parse_http_date(text: &str) -> Option<i64> {
    let (_, date) = text.split_once(", ")?;
    let mut words = date.split(' ');
    let day: i64 = words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as i64 + 1;
    let year: i64 = words.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut clock = words.next()?.split(':').map(|part| part.parse::<i64>().ok());
    let mut part = |most| clock.next().flatten().filter(|part| (0..=most).contains(part));
    let (hour, minute, second) = (part(23)?, part(59)?, part(60)?);
    (words.next() == Some("GMT"))
        .then(|| days(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

/// Day and time of day of seconds since 1970.
fn calendar(seconds: i64) -> ((i64, i64, i64), (i64, i64, i64)) {
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    (date(days), (second / 3600, second / 60 % 60, second % 60))
}

/// Years begin in March here, so that a leap day is the last of its year; 400 of them have 146,097 days.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468; // from 1 March of the year 0 to 1970
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153; // 0 is March
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day_of_month)
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let month = (month + 9) % 12;
    let day = (153 * month + 2) / 5 + day - 1;
    era * 146_097 + year * 365 + year / 4 - year / 100 + day - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_date() {
        // `date -u -d @SECONDS` says so.
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (-1, "1969-12-31T23:59:59.999999Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_790_000_000_123_456_789, "2026-09-21T14:13:20.123456Z"),
            (i64::MAX, "2262-04-11T23:47:16.854775Z"),
            (i64::MIN, "1677-09-21T00:12:43.145224Z"),
        ] {
            assert_eq!(rfc3339(nanos), text);
        }
        assert_eq!(rfc5322(1_790_000_000), "Mon, 21 Sep 2026 14:13:20 +0000");
    }

    #[test]
    fn dates_are_read_as_they_are_written() {
        // The example of RFC 9110, 5.6.7.
        assert_eq!(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        for day in (0..4_000_000_000).step_by(777_777) {
            let text = rfc5322(day).replace("+0000", "GMT");
            assert_eq!(parse_http_date(&text), Some(day), "{text}");
        }
        for text in ["", "Sun, 99 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", ", , ,"] {
            assert_eq!(parse_http_date(text), None, "{text}");
        }
    }
}
