//! The program and a bare handler in turns.

use std::time::Duration;

use crate::load::{Figures, Supply, run};
use crate::millis;

/// How often each of the two has its turn.
pub const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);
const CONNECTIONS: usize = 16;

/// Asks the bare handler and the program in turns and prints what both did. `supply` gives both sides' requests of a
/// round.
pub fn compare<'a>(name: &str, supply: impl Fn(usize) -> (Supply<'a>, Supply<'a>)) {
    let (mut of_bare, mut of_program) = (Figures::default(), Figures::default());
    for round in 0..ROUNDS {
        let (bare, program) = supply(round);
        of_bare.add(run(bare, CONNECTIONS, ROUND));
        of_program.add(run(program, CONNECTIONS, ROUND));
        println!("  round {} of {ROUNDS}: bare {:.0}/s, {name} {:.0}/s", round + 1, of_bare.last(), of_program.last());
    }
    for (name, figures) in [("bare handler", &of_bare), (name, &of_program)] {
        println!(
            "{name:<28} {:>8.0} requests/s, {:.3} ms median, {:.3} ms p99",
            figures.median_rate(),
            millis(figures.latency(0.5)),
            millis(figures.latency(0.99)),
        );
    }
    let ratio = of_program.median_rate() / of_bare.median_rate();
    println!("{:<28} {ratio:>8.2}", format!("{name} to bare"));
}
