//! Which metrics told of a fault: those that moved, but for what traffic moves anyway.

use std::collections::BTreeMap;

/// What every request moves, fault or none.
const TRAFFIC: [&str; 4] = [
    "usher_http_",
    "usher_webhook_stored",
    "usher_pool_connections",
    "process_",
];
/// An attempt that came to something is no news.
const WELL: &str = "outcome=\"done\"";
/// Of a series whose name ends so the rest tells more.
const PARTS: [&str; 3] = ["_bucket", "_sum", "_count"];
/// Seconds, things or yes and no: what moves by less stays where it is.
const NOTABLE: f64 = 1.0;
/// Longer lists aren't read.
const AT_MOST: usize = 20;

/// Each series' first value and the one farthest from it.
#[derive(Debug, Default)]
pub struct Moved(BTreeMap<String, (f64, f64)>);

impl Moved {
    /// Takes what `/metrics` words.
    pub fn take(&mut self, text: &str) {
        let first = self.0.is_empty();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else {
                continue;
            };
            let name = series.split('{').next().unwrap_or(series);
            let part = PARTS.iter().any(|end| name.ends_with(end));
            let traffic = TRAFFIC.iter().any(|traffic| name.starts_with(traffic));
            if part || traffic || series.contains(WELL) {
                continue;
            }
            let Ok(value) = value.parse::<f64>() else {
                continue;
            };
            // A counter that appears later began at nothing.
            let counts = name.ends_with("_total");
            let start = if counts && !first { 0.0 } else { value };
            let (start, farthest) = self.0.entry(series.to_owned()).or_insert((start, start));
            if (value - *start).abs() > (*farthest - *start).abs() {
                *farthest = value;
            }
        }
    }

    /// `name from→to` for each that moved.
    pub fn in_words(&self) -> Vec<String> {
        let mut words: Vec<String> = self
            .0
            .iter()
            .filter(|(_, (start, farthest))| (start - farthest).abs() >= NOTABLE)
            .map(|(series, (start, farthest))| {
                format!("{series} {}→{}", short(*start), short(*farthest))
            })
            .collect();
        if words.len() > AT_MOST {
            let left = words.len() - AT_MOST;
            words.truncate(AT_MOST);
            words.push(format!("and {left} more"));
        }
        words
    }
}

fn short(value: f64) -> String {
    if (value - value.round()).abs() < f64::EPSILON {
        format!("{value:.0}")
    } else {
        format!("{value:.2}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moved_is_told_and_traffic_is_not() {
        let mut moved = Moved::default();
        moved.take("# TYPE up gauge\nup 1\nusher_http_requests_total{a=\"b\"} 3\nlag 0.5\n");
        moved.take("up 0\nusher_http_requests_total{a=\"b\"} 9\nlag 0.7\nfailed_total{x=\"y\"} 2\nlate 7\n");
        moved.take("up 1\ntries_total{outcome=\"done\"} 12\n");
        assert_eq!(moved.in_words(), ["failed_total{x=\"y\"} 0→2", "up 1→0"]);
    }
}
