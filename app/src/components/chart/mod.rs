//! Usage as bars (SVG that the server draws) with a table beneath.

mod number;
mod range;
mod view;

use latchkey_core::usage::UsagePoint;
use latchkey_types::Timestamp;

pub use self::range::ChartRange;

/// At most this many groups have a colour of their own; the rest is one group.
const MAX_SLICES: usize = 5;

/// One group of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// What it counts.
    pub label: String,
    /// Where the label leads.
    pub href: Option<String>,
    /// How many, for each bar.
    pub counts: Vec<i64>,
    /// Its colour.
    pub class: &'static str,
}

impl Slice {
    /// All bars together.
    pub fn total(&self) -> i64 {
        self.counts.iter().sum()
    }
}

/// What a chart shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// How far back.
    pub range: ChartRange,
    /// Each bar's start.
    pub starts: Vec<Timestamp>,
    /// The groups, from the bottom up.
    pub slices: Vec<Slice>,
}

/// How to tell groups apart.
pub type Breakdown<'a> = &'a dyn Fn(&UsagePoint) -> (String, Option<String>, Option<&'static str>);

impl Chart {
    /// Sorts points into bars and groups. `group` names a point's group, where its label leads, and its colour where
    /// that isn't by rank.
    pub fn new(range: ChartRange, now: Timestamp, points: &[UsagePoint], group: Breakdown<'_>) -> Self {
        let length = range.bucket().seconds();
        let (from, _) = range.window(now);
        let bars = range.bars();
        let starts = (0..bars).map(|bar| from.plus_seconds(length * i64::try_from(bar).unwrap_or(0))).collect();
        let mut slices: Vec<Slice> = Vec::new();
        for point in points {
            let offset = (point.from.as_seconds() - from.as_seconds()).div_euclid(length);
            let Some(bar) = usize::try_from(offset).ok().filter(|bar| *bar < bars) else { continue };
            let (label, href, class) = group(point);
            let found = slices.iter().position(|slice| slice.label == label && slice.href == href);
            let slice = found.unwrap_or_else(|| {
                slices.push(Slice { label, href, counts: vec![0; bars], class: class.unwrap_or_default() });
                slices.len() - 1
            });
            slices[slice].counts[bar] += point.count;
        }
        slices.sort_by(|a, b| b.total().cmp(&a.total()).then_with(|| a.label.cmp(&b.label)));
        Self { range, starts, slices: fold_rest(slices) }
    }

    /// All bars of all groups.
    pub fn total(&self) -> i64 {
        self.slices.iter().map(Slice::total).sum()
    }

    /// One bar of all groups.
    fn bar_total(&self, bar: usize) -> i64 {
        self.slices.iter().map(|slice| slice.counts[bar]).sum()
    }
}

/// Gives the first groups colours by rank, and makes one group of those behind.
fn fold_rest(mut slices: Vec<Slice>) -> Vec<Slice> {
    const RANKED: [&str; MAX_SLICES] = ["c1", "c2", "c3", "c4", "c5"];
    if slices.len() > MAX_SLICES + 1 {
        let rest = slices.split_off(MAX_SLICES);
        let label = format!("{} others", rest.len());
        let mut counts = vec![0; rest[0].counts.len()];
        for slice in &rest {
            counts.iter_mut().zip(&slice.counts).for_each(|(sum, count)| *sum += count);
        }
        slices.push(Slice { label, href: None, counts, class: "c6" });
    }
    for (rank, slice) in slices.iter_mut().enumerate() {
        if slice.class.is_empty() {
            slice.class = RANKED.get(rank).copied().unwrap_or("c6");
        }
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(from: &str, label: &str, count: i64) -> UsagePoint {
        UsagePoint {
            from: from.parse().unwrap(),
            credential: Some(Some(label.to_owned())),
            generation: None,
            api: None,
            outcome: None,
            count,
        }
    }

    fn by_credential(point: &UsagePoint) -> (String, Option<String>, Option<&'static str>) {
        (point.credential.clone().flatten().unwrap_or_default(), None, None)
    }

    #[test]
    fn the_last_bar_holds_now_and_the_first_is_a_range_before() {
        let now: Timestamp = "2027-01-31T09:30:00Z".parse().unwrap();
        let (from, to) = ChartRange::Day.window(now);
        assert_eq!(
            (from.to_string().as_str(), to.to_string().as_str()),
            ("2027-01-30T10:00:00Z", "2027-01-31T10:00:00Z")
        );
        let points = [
            point("2027-01-31T09:00:00Z", "a", 2),
            point("2027-01-30T10:00:00Z", "a", 1),
            point("2027-01-30T09:00:00Z", "a", 99),
            point("2027-01-31T10:00:00Z", "a", 99),
        ];
        let chart = Chart::new(ChartRange::Day, now, &points, &by_credential);
        assert_eq!(chart.slices[0].counts[23], 2);
        assert_eq!(chart.slices[0].counts[0], 1);
        assert_eq!(chart.total(), 3);
    }

    #[test]
    fn small_groups_become_one_and_nothing_is_lost() {
        let now: Timestamp = "2027-01-31T09:30:00Z".parse().unwrap();
        let points: Vec<UsagePoint> =
            (0..20).map(|n| point("2027-01-31T09:00:00Z", &format!("k{n:02}"), 20 - n)).collect();
        let chart = Chart::new(ChartRange::Hour, now, &points, &by_credential);
        assert_eq!(chart.slices.len(), 6);
        assert_eq!(chart.slices[0].label, "k00");
        assert_eq!(chart.slices[5].label, "15 others");
        assert_eq!(chart.total(), (1..=20).sum::<i64>());
    }

    // F-27
    #[test]
    fn names_in_a_chart_are_inert() {
        let now: Timestamp = "2027-01-31T09:30:00Z".parse().unwrap();
        let points = [point("2027-01-31T09:00:00Z", "</title><script>x</script>", 1)];
        let chart = Chart::new(ChartRange::Day, now, &points, &by_credential);
        let html = crate::shell::render(move || (chart.view("c", "call"), chart.totals("Key")));
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains("style="), "{html}");
    }
}
