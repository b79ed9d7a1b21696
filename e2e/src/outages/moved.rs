//! Which metrics told of a fault: those that moved, but for what traffic moves anyway.

use std::collections::BTreeMap;

/// What every request moves, fault or none.
const TRAFFIC: [&str; 3] = ["usher_http_", "usher_webhook_stored", "process_"];
/// Longer lists aren't read.
const AT_MOST: usize = 12;

/// Each series' first value and the one farthest from it.
#[derive(Debug, Default)]
pub struct Moved(BTreeMap<String, (f64, f64)>);

impl Moved {
    /// Takes what `/metrics` said.
    pub fn take(&mut self, text: &str) {
        let first = self.0.is_empty();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else {
                continue;
            };
            let name = series.split('{').next().unwrap_or(series);
            let part = ["_bucket", "_sum"].iter().any(|end| name.ends_with(end));
            if part || TRAFFIC.iter().any(|traffic| name.starts_with(traffic)) {
                continue;
            }
            let Ok(value) = value.parse::<f64>() else {
                continue;
            };
            // What appears later began at nothing.
            let start = if first { value } else { 0.0 };
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
            .filter(|(_, (start, farthest))| (start - farthest).abs() > f64::EPSILON)
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
        moved.take("up 0\nusher_http_requests_total{a=\"b\"} 9\nlag 0.5\nfailed{x=\"y\"} 2\n");
        moved.take("up 1\n");
        assert_eq!(moved.in_words(), ["failed{x=\"y\"} 0→2", "up 1→0"]);
    }
}
