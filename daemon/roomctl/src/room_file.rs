//! The allow-list of a room's file, for looking at invitations without a daemon. Reads no other key; `roomd check` does.

use anyhow::{Context, Result};
use calendar::HostTable;
use std::path::Path;

/// The hosts that the file itself allows; those of its board are not looked at.
///
/// # Errors
/// The file cannot be read, is no TOML, or names a host or service that there is not.
pub fn hosts(room: &Path) -> Result<HostTable> {
    let place = room.display();
    let text = std::fs::read_to_string(room).with_context(|| format!("cannot read {place}"))?;
    let file: toml::Table = toml::from_str(&text).with_context(|| format!("{place} is no TOML"))?;
    let mut table = HostTable::new();
    let listed = file.get("hosts").and_then(toml::Value::as_table);
    for (host, service) in listed.into_iter().flatten() {
        let signing = service.get("secret_file").is_some();
        let service = service
            .get("service")
            .unwrap_or(service)
            .as_str()
            .with_context(|| format!("{place}: the service of {host} is no text"))?;
        let added = match signing {
            true => table.add_signing(host, service),
            false => table.add(host, service),
        };
        added.with_context(|| format!("{place}: {host}"))?;
    }
    Ok(table)
}
