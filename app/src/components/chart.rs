//! Usage as bars (SVG that the server draws) with a table beneath.

use latchkey_core::usage::{Bucket, UsagePoint};
use latchkey_types::Timestamp;
use leptos::prelude::*;

use super::data::{Column, table};
use super::moment::plain_moment;
use crate::islands::ChartTip;

/// At most this many groups have a colour of their own; the rest is one group.
const MAX_SLICES: usize = 5;

/// How far back to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChartRange {
    /// 60 minutes.
    Hour,
    /// 24 hours.
    #[default]
    Day,
    /// 7 days, by hours.
    Week,
    /// 30 days.
    Month,
}

impl ChartRange {
    /// All of them, shortest first.
    pub const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Month];

    /// The word in the URL.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// In a sentence.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Hour => "last hour",
            Self::Day => "last 24 hours",
            Self::Week => "last 7 days",
            Self::Month => "last 30 days",
        }
    }

    /// By the word in the URL; anything else is the default.
    pub fn from_code(code: &str) -> Self {
        Self::ALL.into_iter().find(|range| range.code() == code).unwrap_or_default()
    }

    /// How long one bar is.
    pub const fn bucket(self) -> Bucket {
        match self {
            Self::Hour => Bucket::Minute,
            Self::Day | Self::Week => Bucket::Hour,
            Self::Month => Bucket::Day,
        }
    }

    const fn bars(self) -> usize {
        match self {
            Self::Hour => 60,
            Self::Day => 24,
            Self::Week => 7 * 24,
            Self::Month => 30,
        }
    }

    /// From (a bucket's start) and to (exclusive), so that the last bucket holds `now`.
    pub fn window(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let length = self.bucket().seconds();
        let to = now.floor_to(length).plus_seconds(length);
        let bars = i64::try_from(self.bars()).unwrap_or(i64::MAX);
        (to.plus_seconds(-bars * length), to)
    }
}

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

    fn bar_total(&self, bar: usize) -> i64 {
        self.slices.iter().map(|slice| slice.counts[bar]).sum()
    }

    fn bar_label(&self, bar: usize) -> String {
        let text = plain_moment(self.starts[bar]);
        match self.range {
            ChartRange::Month => text.get(..10).unwrap_or_default().to_owned(),
            ChartRange::Hour | ChartRange::Day | ChartRange::Week => text,
        }
    }

    fn tip(&self, bar: usize) -> String {
        let parts: Vec<String> = self
            .slices
            .iter()
            .filter(|slice| slice.counts[bar] > 0)
            .map(|slice| format!("{}: {}", slice.label, thousands(slice.counts[bar])))
            .collect();
        format!("{} · {}", self.bar_label(bar), parts.join(", "))
    }

    /// The chart, its legend, and a table with the same numbers. `id` is unique on the page; `what` is one of what is counted.
    pub fn view(&self, id: &str, what: &str) -> AnyView {
        let plural = if self.total() == 1 { "" } else { "s" };
        let summary = format!("{} {what}{plural} in the {}", thousands(self.total()), self.range.text());
        let tip_target = id.to_owned();
        view! {
            <figure class="chart" id=id.to_owned()>
                <figcaption class="chart-total">{summary}</figcaption>
                {self.plot()}
                {self.legend()}
                <ChartTip target=tip_target/>
            </figure>
            {self.table()}
        }
        .into_any()
    }

    fn plot(&self) -> AnyView {
        let bars = self.starts.len();
        let top = nice_ceiling((0..bars).map(|bar| self.bar_total(bar)).max().unwrap_or(0));
        let groups = (0..bars).filter(|bar| self.bar_total(*bar) > 0).map(|bar| self.bar(bar, top)).collect_view();
        let view_box = format!("0 0 {} 100", bars * 10);
        let label = format!("Bar chart, {}; the table below has the numbers", self.range.text());
        let ticks = self.x_labels().into_iter().map(|text| view! { <span>{text}</span> }).collect_view();
        view! {
            <div class="chart-plot">
                <div class="chart-y" aria-hidden="true"><span>{thousands(top)}</span><span>{half(top)}</span><span>"0"</span></div>
                <svg viewBox=view_box preserveAspectRatio="none" role="img" aria-label=label>{groups}</svg>
                <div class="chart-x" aria-hidden="true">{ticks}</div>
            </div>
        }
        .into_any()
    }

    fn bar(&self, bar: usize, top: i64) -> AnyView {
        let x = bar * 10;
        let mut bottom = 100.0_f64;
        let parts: Vec<AnyView> = self
            .slices
            .iter()
            .filter(|slice| slice.counts[bar] > 0)
            .map(|slice| {
                let height = ratio(slice.counts[bar], top) * 100.0;
                bottom -= height;
                let (x, y, height) = ((x + 1).to_string(), format!("{bottom:.2}"), format!("{height:.2}"));
                view! { <rect class=slice.class x=x y=y width="8" height=height/> }.into_any()
            })
            .collect();
        let tip = self.tip(bar);
        let title = tip.clone();
        view! {
            <g data-tip=tip>
                <title>{title}</title>
                <rect class="hit" x=x.to_string() y="0" width="10" height="100"/>
                {parts}
            </g>
        }
        .into_any()
    }

    fn x_labels(&self) -> Vec<String> {
        let count = self.starts.len();
        let steps = if self.range == ChartRange::Week { 7 } else { 6 };
        (0..steps)
            .map(|step| {
                let text = plain_moment(self.starts[step * count / steps]);
                let range = if matches!(self.range, ChartRange::Hour | ChartRange::Day) { 11..16 } else { 5..10 };
                text.get(range).unwrap_or_default().to_owned()
            })
            .collect()
    }

    fn legend(&self) -> Option<AnyView> {
        let items = self
            .slices
            .iter()
            .map(|slice| {
                let total = thousands(slice.total());
                let label = slice.label.clone();
                let label = match slice.href.clone() {
                    Some(href) => view! { <a href=href>{label}</a> }.into_any(),
                    None => label.into_any(),
                };
                view! { <li class=slice.class>{label}" "<b>{total}</b></li> }
            })
            .collect_view();
        (!self.slices.is_empty()).then(|| view! { <ul class="legend">{items}</ul> }.into_any())
    }

    fn table(&self) -> AnyView {
        if self.slices.is_empty() {
            return view! { <p class="quiet">"No calls in this time."</p> }.into_any();
        }
        let heads = self
            .slices
            .iter()
            .map(|slice| view! { <th scope="col" class="number">{slice.label.clone()}</th> })
            .collect_view();
        let rows = (0..self.starts.len())
            .rev()
            .filter(|bar| self.bar_total(*bar) > 0)
            .map(|bar| {
                let cells = self
                    .slices
                    .iter()
                    .map(|slice| view! { <td class="number">{thousands(slice.counts[bar])}</td> })
                    .collect_view();
                view! { <tr><th scope="row">{self.bar_label(bar)}</th>{cells}</tr> }
            })
            .collect_view();
        view! {
            <details class="chart-table">
                <summary>"Show the numbers"</summary>
                <div class="scroll" tabindex="0" role="region" aria-label="Numbers of the chart">
                    <table>
                        <caption class="visually-hidden">"Calls over time; times without calls are left out"</caption>
                        <thead><tr><th scope="col">"From (UTC)"</th>{heads}</tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </details>
        }
        .into_any()
    }

    /// Each group's total and share.
    pub fn totals(&self, heading: &'static str) -> Option<AnyView> {
        let total = self.total();
        let rows: Vec<Vec<AnyView>> = self
            .slices
            .iter()
            .map(|slice| {
                let label = slice.label.clone();
                let name = match slice.href.clone() {
                    Some(href) => view! { <a href=href>{label}</a> }.into_any(),
                    None => label.into_any(),
                };
                let share = format!("{:.1} %", ratio(slice.total(), total) * 100.0);
                vec![name, thousands(slice.total()).into_any(), share.into_any()]
            })
            .collect();
        (!rows.is_empty())
            .then(|| table("Totals", &[Column::text(heading), Column::number("Calls"), Column::number("Share")], rows))
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

#[expect(clippy::cast_precision_loss, reason = "for drawing, where a part in 2^52 can't be seen")]
fn ratio(part: i64, whole: i64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The least of 1, 2, 4, 5, 10, 20, … that isn't below.
fn nice_ceiling(count: i64) -> i64 {
    let mut power = 1_i64;
    loop {
        for step in [1, 2, 4, 5] {
            let candidate = power.saturating_mul(step);
            if candidate >= count || candidate == i64::MAX {
                return candidate;
            }
        }
        power = power.saturating_mul(10);
    }
}

fn half(top: i64) -> String {
    if top % 2 == 0 { thousands(top / 2) } else { String::new() }
}

/// `12 345`, with thin spaces.
fn thousands(count: i64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0
            && (digits.len() - position).is_multiple_of(3)
            && digit.is_ascii_digit()
            && !grouped.ends_with('-')
        {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
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

    #[test]
    fn numbers_are_grouped_and_axes_end_at_round_ones() {
        assert_eq!(thousands(1_234_567), "1\u{202f}234\u{202f}567");
        assert_eq!(thousands(123), "123");
        assert_eq!(thousands(-123), "-123");
        for (count, top) in [(0, 1), (1, 1), (3, 4), (7, 10), (41, 50), (101, 200)] {
            assert_eq!(nice_ceiling(count), top);
        }
        assert!(nice_ceiling(i64::MAX) >= 5_000_000_000_000_000_000);
    }
}
