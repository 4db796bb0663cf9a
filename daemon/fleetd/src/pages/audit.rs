//! Who did what, newest first.

use super::bits::exactly;
use super::frame::page;
use crate::acts::Done;
use crate::people::Right;
use crate::web::Ask;
use crate::words::{fill, say};
use axum::response::IntoResponse;
use maud::html;

const SHOWN: u64 = 100;
/// Texts of settings are long; the export has them whole.
const LONGEST: usize = 120;

pub(crate) async fn audit(ask: &Ask) -> Done {
    ask.must(Right::Audit, None)?;
    let l = ask.language;
    let (ledger, tenant) = (&ask.fleet.ledger, ask.tenant());
    let last = ledger.last(tenant).await?;
    let before = ask.field("before").parse().unwrap_or(last + 1);
    let after = before.saturating_sub(SHOWN + 1);
    let count = usize::try_from(before.saturating_sub(after + 1)).unwrap_or_default();
    let mut entries = ledger.read(tenant, after, count).await?;
    entries.reverse();
    let body = html! {
        p { (say(l, "audit-text")) }
        p { a.button href="/audit/export" { (say(l, "audit-export")) } }
        div.scroll tabindex="0" role="region" aria-label=(say(l, "menu-audit")) { table {
            thead { tr {
                th.number scope="col" { (say(l, "audit-number")) }
                th scope="col" { (say(l, "audit-when")) }
                th scope="col" { (say(l, "audit-who")) }
                th scope="col" { (say(l, "audit-what")) }
                th scope="col" { (say(l, "audit-to")) }
                th scope="col" { (say(l, "audit-more")) }
            } }
            tbody { @for entry in &entries { tr {
                td.number { (entry.sequence) }
                td { (exactly(entry.at_ms)) }
                td { (entry.who) }
                td { (say(l, &format!("act-{}", entry.what))) }
                td { (entry.to) }
                td { @for (name, value) in &entry.more {
                    span.pair { (name) ": " code { (value.chars().take(LONGEST).collect::<String>()) } } " "
                } }
            } } }
        } }
        @if let Some(first) = entries.last() {
            p.code { (fill(l, "audit-hash", &[("hash", entries.first().map(|e| e.hash.clone()).unwrap_or_default())])) }
            @if first.sequence > 1 {
                p { a.button href={ "/audit?before=" (first.sequence) } { (say(l, "audit-older")) } }
            }
        }
    };
    Ok(page(ask, &say(l, "menu-audit"), None, body).into_response())
}
