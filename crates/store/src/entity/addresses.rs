//! Where credentials may be used from, and were: columns of networks with a space between them, and a table.

use ipnet::IpNet;
use latchkey_core::AddressRules;
use latchkey_core::ports::{MAX_NETWORKS, SeenNetwork, StoreError};

use super::columns::words;
use super::{Connection, Row};
use crate::error::failed;

pub(super) fn addresses(row: &Row, allowed: &str, denied: &str) -> Result<AddressRules, StoreError> {
    Ok(AddressRules { allowed: words(row, allowed)?, denied: words(row, denied)? })
}

/// For a TEXT column.
pub(super) fn networks(networks: &[IpNet]) -> String {
    networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

/// Runs a statement that writes both columns ($2, $3) of the credential with this id ($1).
pub(super) async fn set(
    connection: &mut Connection,
    statement: &'static str,
    id: &str,
    rules: &AddressRules,
) -> Result<(), StoreError> {
    sqlx::query(statement)
        .bind(id)
        .bind(networks(&rules.allowed))
        .bind(networks(&rules.denied))
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Notes from where credentials were used; of one that has as many networks as are kept, another one is left out. In the
/// key's order, so that two replicas never wait for each other in a circle.
pub(super) async fn note_seen(connection: &mut Connection, seen: &[SeenNetwork]) -> Result<(), StoreError> {
    let mut seen: Vec<(&str, String, i64)> =
        seen.iter().map(|seen| (seen.credential.as_str(), seen.network.to_string(), seen.at.as_millis())).collect();
    seen.sort_unstable();
    for (credential, network, at) in seen {
        sqlx::query(
            "INSERT INTO seen_networks (credential, network, seen_at) SELECT $1, $2, $3 \
             WHERE (SELECT COUNT(*) FROM seen_networks n WHERE n.credential = $1 AND n.network <> $2) < $4 \
             ON CONFLICT (credential, network) DO UPDATE SET seen_at = excluded.seen_at \
             WHERE seen_networks.seen_at < excluded.seen_at",
        )
        .bind(credential)
        .bind(network)
        .bind(at)
        .bind(i64::from(MAX_NETWORKS))
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(())
}
