//! How a chart is drawn: bars, axes, legend, tables.

use leptos::prelude::*;

use super::number::{half, nice_ceiling, ratio, thousands};
use super::{Chart, ChartRange};
use crate::components::data::{Column, table};
use crate::components::moment::plain_moment;
use crate::islands::ChartTip;

impl Chart {
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
        let (count, plural) = match self.total() {
            0 => ("No".to_owned(), "s"),
            1 => ("1".to_owned(), ""),
            total => (thousands(total), "s"),
        };
        let summary = format!("{count} {what}{plural} in the {}", self.range.text());
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
            return view! { <p class="quiet">"Every verification and every token issued is counted here within a second or two."</p> }.into_any();
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
