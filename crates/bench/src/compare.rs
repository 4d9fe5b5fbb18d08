//! The program and a bare handler in turns.

use std::time::Duration;

use crate::bare::Bare;
use crate::load::{Figures, Supply, run};
use crate::millis;
use crate::program::Program;

/// How often each of the two has its turn.
pub const ROUNDS: usize = 5;
/// How long a turn is.
pub const ROUND: Duration = Duration::from_secs(2);
/// How many ask at once.
pub const CONNECTIONS: usize = 16;
/// Of the times in `/proc` (`man 5 proc`: `USER_HZ`, 100 on all of Linux' platforms).
const TICKS_PER_SECOND: f64 = 100.0;

/// One of the two.
struct Side {
    name: String,
    process: u32,
    figures: Figures,
    ticks: u64,
}

impl Side {
    fn new(name: &str, process: u32) -> Self {
        Self { name: name.to_owned(), process, figures: Figures::default(), ticks: 0 }
    }

    fn take_turn(&mut self, supply: Supply<'_>) {
        let before = ticks(self.process);
        self.figures.add(run(supply, CONNECTIONS, ROUND));
        self.ticks += ticks(self.process) - before;
    }

    /// What one request costs it, in microseconds of a core.
    fn cost(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "some thousand")]
        let (ticks, count) = (self.ticks as f64, self.figures.count() as f64);
        ticks / TICKS_PER_SECOND / count * 1e6
    }

    fn print(&self) {
        println!(
            "{:<28} {:>8.0} requests/s, {:.3} ms median, {:.3} ms p99, {:.1} µs of a core each",
            self.name,
            self.figures.median_rate(),
            millis(self.figures.latency(0.5)),
            millis(self.figures.latency(0.99)),
            self.cost(),
        );
    }
}

/// Asks the bare handler and the program in turns and prints what both did. `supply` gives both sides' requests of a
/// round. The rates are the figure; what a request costs says the same where the machine has other things to do.
pub fn compare<'a>(name: &str, bare: &Bare, program: &Program, supply: impl Fn(usize) -> (Supply<'a>, Supply<'a>)) {
    let sides = (Side::new("bare handler", bare.process()), Side::new(name, program.process()));
    take_turns(sides, "bare", supply);
}

/// Asks the program one thing and another in turns. `supply` gives what it is compared with first.
pub fn compare_with_itself(name: &str, program: &Program, supply: (Supply<'_>, Supply<'_>)) {
    let sides = (Side::new("without", program.process()), Side::new(name, program.process()));
    take_turns(sides, "without", |_| supply);
}

fn take_turns<'a>(sides: (Side, Side), first: &str, supply: impl Fn(usize) -> (Supply<'a>, Supply<'a>)) {
    let (mut one, mut other) = sides;
    for round in 0..ROUNDS {
        let (of_one, of_other) = supply(round);
        one.take_turn(of_one);
        other.take_turn(of_other);
        let (a, b) = (one.figures.last(), other.figures.last());
        println!("  round {} of {ROUNDS}: {first} {a:.0}/s, {} {b:.0}/s", round + 1, other.name);
    }
    one.print();
    other.print();
    let ratio = other.figures.median_rate() / one.figures.median_rate();
    let title = format!("{} to {first}", other.name);
    println!("{title:<28} {ratio:>8.2}, by cost {:.2}", one.cost() / other.cost());
}

/// What the process has used of the cores so far, its system calls with it.
fn ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("Linux");
    // the name, in parentheses, may hold anything
    let (_, fields) = stat.rsplit_once(')').expect("Linux");
    fields.split_ascii_whitespace().skip(11).take(2).map(|field| field.parse::<u64>().expect("a number")).sum()
}
