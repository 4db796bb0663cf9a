//! How many invitations are recognised in a second, over the whole corpus: `cargo bench -p calendar`.

#[path = "../tests/corpus/cases.rs"]
mod cases;

use calendar::{HostTable, Invitation, recognise};
use divan::counter::{BytesCount, ItemsCount};

fn main() {
    divan::main();
}

/// The corpus as invitations, and its table.
fn corpus() -> (Vec<Invitation>, HostTable) {
    let all = cases::cases("")
        .iter()
        .map(cases::Case::invitation)
        .collect();
    (all, cases::table())
}

/// From an invitation to its conference and the reason.
#[divan::bench]
fn recognised(bencher: divan::Bencher<'_, '_>) {
    let (invitations, table) = corpus();
    bencher
        .counter(ItemsCount::new(invitations.len()))
        .bench_local(|| {
            for invitation in &invitations {
                divan::black_box(recognise(divan::black_box(invitation), &table));
            }
        });
}

/// From calendar text, so with parsing, and with HTML made plain.
#[divan::bench]
fn parsed_and_recognised(bencher: divan::Bencher<'_, '_>) {
    let all = cases::cases("");
    let table = cases::table();
    let bytes: usize = all.iter().map(|case| case.text.len()).sum();
    bencher
        .counter(ItemsCount::new(all.len()))
        .counter(BytesCount::new(bytes))
        .bench_local(|| {
            for case in &all {
                divan::black_box(recognise(&case.invitation(), &table));
            }
        });
}

/// One long invitation with everything: several links, dial-in numbers, a SIP block.
#[divan::bench]
fn the_longest(bencher: divan::Bencher<'_, '_>) {
    let (_, table) = corpus();
    let all = cases::cases("");
    let longest = all.iter().max_by_key(|case| case.text.len());
    let invitation = longest.expect("a corpus").invitation();
    bencher
        .counter(ItemsCount::new(1usize))
        .bench_local(|| recognise(divan::black_box(&invitation), &table));
}
