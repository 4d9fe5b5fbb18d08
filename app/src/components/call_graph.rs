//! Who may call whom on the way to an API, drawn from the first callers above to the API below.

use std::collections::{BTreeMap, BTreeSet};

use latchkey_core::apis::{CallEdge, CallGraph, CallNode, MAX_CALL_DEPTH};
use leptos::prelude::*;

use super::data::{Column, table};

/// Measures of the drawing. It is as wide as a telephone's screen and grows downwards.
const WIDTH: usize = 340;
const NODE_WIDTH: usize = 100;
const NODE_HEIGHT: usize = 40;
const PITCH: usize = 106;
const ROW: usize = 80;
/// Nodes side by side; more make another row.
const PER_ROW: usize = 3;
/// Characters that fit into a node.
const NAME_LENGTH: usize = 13;

/// Where a node's middle is, across and its upper edge down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    row: usize,
    x: usize,
    y: usize,
}

/// How far each node is from the API by the longest way without a circle.
fn distances<'g>(graph: &'g CallGraph, api: &'g str) -> BTreeMap<&'g str, usize> {
    fn visit<'g>(
        graph: &'g CallGraph,
        node: &'g str,
        distance: usize,
        way: &mut Vec<&'g str>,
        forward: &mut BTreeSet<(&'g str, &'g str)>,
        found: &mut BTreeMap<&'g str, usize>,
    ) {
        // no chain is longer, and so many tries are bounded
        if distance > MAX_CALL_DEPTH as usize || found.get(node).is_some_and(|known| *known >= distance) {
            return;
        }
        found.insert(node, distance);
        way.push(node);
        for edge in graph.edges.iter().filter(|edge| edge.to == node) {
            let back = forward.contains(&(edge.to.as_str(), edge.from.as_str()));
            if !way.contains(&edge.from.as_str()) && !back {
                forward.insert((edge.from.as_str(), edge.to.as_str()));
                visit(graph, &edge.from, distance + 1, way, forward, found);
            }
        }
        way.pop();
    }
    let mut found = BTreeMap::new();
    visit(graph, api, 0, &mut Vec::new(), &mut BTreeSet::new(), &mut found);
    found
}

/// Where each node stands, and how many rows there are.
fn places<'g>(graph: &'g CallGraph, api: &'g str) -> (BTreeMap<&'g str, Place>, usize) {
    let mut layers: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
    for (node, distance) in distances(graph, api) {
        layers.entry(distance).or_default().push(node);
    }
    let mut places = BTreeMap::new();
    let mut row = 0;
    for nodes in layers.values().rev() {
        for side_by_side in nodes.chunks(PER_ROW) {
            let left = WIDTH / 2 - (side_by_side.len() - 1) * PITCH / 2;
            for (position, node) in side_by_side.iter().enumerate() {
                places.insert(*node, Place { row, x: left + position * PITCH, y: row * ROW + 2 });
            }
            row += 1;
        }
    }
    (places, row)
}

fn short(name: &str) -> String {
    if name.chars().count() <= NAME_LENGTH {
        return name.to_owned();
    }
    name.chars().take(NAME_LENGTH - 1).chain(['…']).collect()
}

fn name_of(node: &CallNode) -> String {
    node.name.clone().unwrap_or_else(|| node.id.clone())
}

fn line(from: Place, to: Place, number: usize) -> String {
    let gap = (ROW - NODE_HEIGHT) / 2;
    let (start, end) = (from.y + NODE_HEIGHT, to.y.saturating_sub(7));
    if to.row == from.row + 1 {
        format!("M{} {start} C{} {} {} {} {} {end}", from.x, from.x, start + gap, to.x, end - gap, to.x)
    } else if to.row > from.row {
        // past the rows between, in a lane beside them
        let lane = 3 + number % 3 * 4;
        let lane = if from.x + to.x <= WIDTH { lane } else { WIDTH - lane };
        let (into, out) = (start + gap, to.y - gap);
        format!(
            "M{} {start} C{} {into} {lane} {start} {lane} {into} V{out} C{lane} {} {} {} {} {end}",
            from.x, from.x, to.y, to.x, out, to.x
        )
    } else {
        // beside or back up: out at the right, in at the right
        let (start_x, end_x) = (from.x + NODE_WIDTH / 2, to.x + NODE_WIDTH / 2 + 7);
        let bulge = (start_x.max(end_x) + 28).min(WIDTH);
        let (start_y, end_y) = (from.y + gap - 6, to.y + gap + 6);
        format!("M{start_x} {start_y} C{bulge} {start_y} {bulge} {end_y} {end_x} {end_y}")
    }
}

fn drawing(graph: &CallGraph, api: &str) -> AnyView {
    let (places, rows) = places(graph, api);
    let height = rows * ROW - (ROW - NODE_HEIGHT) + 4;
    let lines = graph
        .edges
        .iter()
        .enumerate()
        .filter_map(|(number, CallEdge { from, to })| {
            Some(line(*places.get(from.as_str())?, *places.get(to.as_str())?, number))
        })
        .map(|path| view! { <path class="call" d=path marker-end="url(#call-arrow)"/> })
        .collect_view();
    let nodes = graph
        .nodes
        .iter()
        .filter_map(|node| {
            let place = places.get(node.id.as_str())?;
            let (left, text_y) = (place.x - NODE_WIDTH / 2, place.y + NODE_HEIGHT / 2);
            let class = if node.id == api { "call-node api" } else { "call-node" };
            let name = name_of(node);
            let shown = short(&name);
            Some(view! {
                <g class=class>
                    <title>{name}</title>
                    <rect x=left.to_string() y=place.y.to_string() width=NODE_WIDTH.to_string() height=NODE_HEIGHT.to_string() rx="6"/>
                    <text x=place.x.to_string() y=text_y.to_string()>{shown}</text>
                </g>
            })
        })
        .collect_view();
    view! {
        <svg class="call-graph" viewBox=format!("0 0 {WIDTH} {height}") role="img" aria-label="Who may call whom, down to the API; the table below says the same">
            <defs>
                <marker id="call-arrow" viewBox="0 0 8 8" refX="1" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
                    <path class="call-arrow" d="M0 0.5 8 4 0 7.5z"/>
                </marker>
            </defs>
            {lines}
            {nodes}
        </svg>
    }
    .into_any()
}

/// The graph, and a table that says the same.
pub fn call_graph_view(graph: &CallGraph, api: &str) -> AnyView {
    let named = |id: &str| {
        let node = graph.nodes.iter().find(|node| node.id == id);
        let name = node.and_then(|node| node.name.clone());
        let id = id.to_owned();
        match name {
            Some(name) => view! { <bdi>{name}</bdi><small><code>{id}</code></small> }.into_any(),
            None => view! { <code>{id}</code> }.into_any(),
        }
    };
    let rows = graph
        .edges
        .iter()
        .map(|edge| vec![named(&edge.from), view! { <div>{named(&edge.to)}</div> }.into_any()])
        .collect();
    view! {
        <figure class="graph">{drawing(graph, api)}</figure>
        {table("Who may call whom", &[Column::text("Caller"), Column::text("May call")], rows)}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::render;

    fn graph(edges: &[(&str, &str)]) -> CallGraph {
        let edge = |(from, to): &(&str, &str)| CallEdge { from: (*from).to_owned(), to: (*to).to_owned() };
        let ids: BTreeSet<&str> = edges.iter().flat_map(|(from, to)| [*from, *to]).chain(["api"]).collect();
        CallGraph {
            nodes: ids.into_iter().map(|id| CallNode { id: id.to_owned(), name: None }).collect(),
            edges: edges.iter().map(edge).collect(),
        }
    }

    #[test]
    fn callers_stand_above_whom_they_call() {
        let graph = graph(&[("cart", "order"), ("order", "api"), ("cart", "api"), ("job", "api")]);
        let (places, rows) = places(&graph, "api");
        assert_eq!(rows, 3);
        let row = |id: &str| places[id].row;
        assert_eq!([row("cart"), row("order"), row("job"), row("api")], [0, 1, 1, 2]);
    }

    #[test]
    fn a_circle_has_an_end() {
        let graph = graph(&[("a", "b"), ("b", "a"), ("a", "api"), ("b", "api"), ("a", "a")]);
        let (places, _) = places(&graph, "api");
        assert_eq!(places.len(), 3);
        let html = render(move || call_graph_view(&graph, "api"));
        assert_eq!(html.matches("class=\"call\"").count(), 5, "{html}");
    }

    #[test]
    fn many_callers_make_rows_that_fit() {
        let names: Vec<String> = (0..20).map(|number| format!("caller-{number}")).collect();
        let edges: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "api")).collect();
        let graph = graph(&edges);
        let (places, rows) = places(&graph, "api");
        assert_eq!(rows, 8);
        assert!(places.values().all(|place| place.x >= NODE_WIDTH / 2 && place.x + NODE_WIDTH / 2 <= WIDTH));
    }
}
