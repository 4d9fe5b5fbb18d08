//! What is known of live credentials: one statement for a page of them, and one for each thing that is known.

use std::collections::HashMap;

use async_trait::async_trait;
use latchkey_core::apps::{App, AuthMethod, TokenBinding};
use latchkey_core::hygiene::{CredentialFacts, FactsQuery, ServedApi};
use latchkey_core::ports::{CredentialFactsStore, Listed, Page, StoreError};
use latchkey_core::tiers::{SecretLife, SecurityTier};
use latchkey_types::{CredentialKind, Timestamp};
use sqlx::QueryBuilder;

use super::columns::{get, one_of, parsed, time, time_option};
use super::{Db, Row, Store};
use crate::cursor;
use crate::error::{corrupt, failed};

/// Each part is cut to the page by itself, so that all may use an index. $3: the organisation, $4: now; what is asked of
/// keys, apps and accounts comes from outside.
macro_rules! select_credentials {
    ($of_keys:literal, $of_apps:literal, $of_accounts:literal) => {
        concat!(
            "SELECT * FROM (SELECT * FROM (SELECT k.id, k.kind, k.name, k.org_id, o.slug AS org_slug, o.security_tier, \
             k.created_at, k.expires_at, k.disabled_at, \
             (SELECT MAX(l.used_at) FROM last_uses l WHERE l.id = k.id) AS last_used_at, \
             k.allowed_ips <> '' OR k.denied_ips <> '' AS has_addresses, '' AS auth_method, '' AS token_binding \
             FROM keys k JOIN orgs o ON o.id = k.org_id \
             WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $4) \
             AND (k.created_at, k.id) < ($1, $2) AND ",
            $of_keys,
            " ORDER BY k.created_at DESC, k.id DESC LIMIT $5) AS found_keys UNION ALL SELECT * FROM (\
             SELECT p.id, 'app' AS kind, p.name, p.org_id, o.slug AS org_slug, o.security_tier, p.created_at, \
             CAST(NULL AS BIGINT) AS expires_at, p.disabled_at, \
             (SELECT MAX(l.used_at) FROM last_uses l WHERE l.id = p.id) AS last_used_at, \
             p.allowed_ips <> '' OR p.denied_ips <> '' AS has_addresses, p.token_endpoint_auth_method AS auth_method, \
             p.token_binding FROM apps p JOIN orgs o ON o.id = p.org_id \
             WHERE p.revoked_at IS NULL AND p.deleted_at IS NULL AND (p.created_at, p.id) < ($1, $2) AND ",
            $of_apps,
            " ORDER BY p.created_at DESC, p.id DESC LIMIT $5) AS found_apps UNION ALL SELECT * FROM (\
             SELECT p.id, 'service_account' AS kind, p.name, p.org_id, o.slug AS org_slug, o.security_tier, p.created_at, \
             CAST(NULL AS BIGINT) AS expires_at, p.disabled_at, \
             (SELECT MAX(l.used_at) FROM last_uses l WHERE l.id = p.id) AS last_used_at, \
             p.allowed_ips <> '' OR p.denied_ips <> '' AS has_addresses, '' AS auth_method, '' AS token_binding \
             FROM service_accounts p JOIN orgs o ON o.id = p.org_id \
             WHERE p.revoked_at IS NULL AND p.deleted_at IS NULL AND (p.created_at, p.id) < ($1, $2) AND ",
            $of_accounts,
            " ORDER BY p.created_at DESC, p.id DESC LIMIT $5) AS found_accounts) AS found \
             ORDER BY created_at DESC, id DESC LIMIT $5"
        )
    };
}

/// Those that the organisation holds.
const HELD: &str = select_credentials!("k.org_id = $3", "p.org_id = $3", "p.org_id = $3");
/// Those of others for its APIs, too.
const HELD_OR_FOR_ITS_APIS: &str = select_credentials!(
    "(k.org_id = $3 OR k.api_id IN (SELECT a.id FROM apis a WHERE a.org_id = $3))",
    "(p.org_id = $3 OR p.id IN (SELECT g.app_id FROM app_grants g JOIN apis a ON a.id = g.api_id WHERE a.org_id = $3))",
    "(p.org_id = $3 OR p.id IN (SELECT g.account_id FROM service_account_grants g JOIN apis a ON a.id = g.api_id \
     WHERE a.org_id = $3))"
);

/// A credential of which nothing else is known yet.
fn facts(row: &Row) -> Result<CredentialFacts, StoreError> {
    let kind: CredentialKind = parsed(row, "kind")?;
    let (may_be_unbound, is_by_secret) = match kind {
        CredentialKind::App => {
            let bindings = [TokenBinding::None, TokenBinding::Dpop, TokenBinding::Certificate];
            let method = one_of(row, "auth_method", &AuthMethod::ALL, AuthMethod::as_str)?;
            let binding = one_of(row, "token_binding", &bindings, TokenBinding::as_str)?;
            (!App::binds(method, binding), method.is_by_secret())
        }
        kind => (kind == CredentialKind::ServiceAccount, false),
    };
    Ok(CredentialFacts {
        id: get(row, "id")?,
        kind,
        name: get(row, "name")?,
        holder: parsed(row, "org_id")?,
        holder_slug: get(row, "org_slug")?,
        holder_tier: one_of(row, "security_tier", &SecurityTier::ALL, SecurityTier::as_str)?,
        created_at: time(row, "created_at")?,
        last_used_at: time_option(row, "last_used_at")?,
        disabled_at: time_option(row, "disabled_at")?,
        secrets: Vec::new(),
        apis: Vec::new(),
        may_be_unbound,
        is_by_secret,
        has_addresses: get(row, "has_addresses")?,
        networks: 0,
        tokens: 0,
    })
}

/// Rows about the credentials of a page, which the statement calls `credential`; the ids come between its two parts.
async fn about(
    store: &Store,
    page: &[CredentialFacts],
    before: &str,
    since: Option<(&str, Timestamp)>,
    after: &str,
) -> Result<Vec<Row>, StoreError> {
    if page.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = QueryBuilder::<Db>::new(before);
    let mut ids = query.separated(", ");
    for facts in page {
        ids.push_bind(facts.id.as_str());
    }
    query.push(")");
    if let Some((condition, since)) = since {
        query.push(condition).push_bind(since.as_millis());
    }
    query.push(after);
    query.build().persistent(false).fetch_all(store.reader()).await.map_err(failed)
}

/// By credential, in the order of the rows.
fn grouped<T>(
    rows: &[Row],
    read: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<HashMap<String, Vec<T>>, StoreError> {
    let mut groups: HashMap<String, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(get(row, "credential")?).or_default().push(read(row)?);
    }
    Ok(groups)
}

/// What proves each, newest first. A key's current generation ends with the key.
async fn add_secrets(store: &Store, page: &mut [CredentialFacts], now: Timestamp) -> Result<(), StoreError> {
    let of_keys = about(
        store,
        page,
        "SELECT g.key_id AS credential, g.created_at, CASE WHEN g.ends_at IS NULL THEN k.expires_at ELSE g.ends_at END AS ends_at, \
         g.imported_index IS NOT NULL AS imported FROM key_generations g JOIN keys k ON k.id = g.key_id \
         WHERE g.revoked_at IS NULL AND g.key_id IN (",
        Some((" AND (g.ends_at IS NULL OR g.ends_at > ", now)),
        ")",
    );
    let of_keys = of_keys.await?;
    let of_apps = about(
        store,
        page,
        "SELECT s.app_id AS credential, s.created_at, s.ends_at, FALSE AS imported FROM app_secrets s WHERE s.app_id IN (",
        None,
        "",
    );
    let of_apps = of_apps.await?;
    let public_keys = about(
        store,
        page,
        "SELECT p.holder AS credential, p.created_at, p.expires_at AS ends_at, FALSE AS imported FROM public_keys p \
         WHERE p.holder IN (",
        None,
        "",
    );
    let rows: Vec<Row> = of_keys.into_iter().chain(of_apps).chain(public_keys.await?).collect();
    let mut secrets = grouped(&rows, |row| {
        Ok(SecretLife {
            made_at: time(row, "created_at")?,
            ends_at: time_option(row, "ends_at")?,
            imported: get(row, "imported")?,
        })
    })?;
    for facts in page {
        facts.secrets = secrets.remove(&facts.id).unwrap_or_default();
        facts.secrets.sort_by_key(|secret| std::cmp::Reverse(secret.made_at));
    }
    Ok(())
}

/// What each is for, by name; what an account may do by its role is its own organisation's.
async fn add_apis(store: &Store, page: &mut [CredentialFacts]) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for statement in [
        "SELECT k.id AS credential, a.id AS api_id, a.org_id, o.security_tier FROM keys k JOIN apis a ON a.id = k.api_id \
         JOIN orgs o ON o.id = a.org_id WHERE k.id IN (",
        "SELECT g.app_id AS credential, a.id AS api_id, a.org_id, o.security_tier FROM app_grants g \
         JOIN apis a ON a.id = g.api_id JOIN orgs o ON o.id = a.org_id WHERE g.app_id IN (",
        "SELECT g.account_id AS credential, a.id AS api_id, a.org_id, o.security_tier FROM service_account_grants g \
         JOIN apis a ON a.id = g.api_id JOIN orgs o ON o.id = a.org_id WHERE g.account_id IN (",
    ] {
        rows.extend(about(store, page, statement, None, " ORDER BY api_id").await?);
    }
    let mut apis = grouped(&rows, |row| {
        Ok(ServedApi {
            id: parsed(row, "api_id")?,
            owner: parsed(row, "org_id")?,
            owner_tier: one_of(row, "security_tier", &SecurityTier::ALL, SecurityTier::as_str)?,
        })
    })?;
    for facts in page {
        facts.apis = apis.remove(&facts.id).unwrap_or_default();
    }
    Ok(())
}

/// From how many networks each was used, and how many tokens it got.
async fn add_use(store: &Store, page: &mut [CredentialFacts], query: &FactsQuery) -> Result<(), StoreError> {
    let networks = about(
        store,
        page,
        "SELECT n.credential, COUNT(*) AS n FROM seen_networks n WHERE n.credential IN (",
        Some((" AND n.seen_at >= ", query.networks_since)),
        " GROUP BY n.credential",
    );
    let networks = counts(networks.await?)?;
    let issued = about(
        store,
        page,
        "SELECT u.credential, CAST(SUM(u.n) AS BIGINT) AS n FROM usage_hours u WHERE u.outcome = 'ISSUED' \
         AND u.credential IN (",
        Some((" AND u.starts_at >= ", query.tokens_since.floor_to(3_600))),
        " GROUP BY u.credential",
    );
    let issued = counts(issued.await?)?;
    for facts in page {
        facts.networks = networks.get(&facts.id).map_or(Ok(0), |n| u32::try_from(*n)).map_err(corrupt)?;
        facts.tokens = issued.get(&facts.id).copied().unwrap_or_default();
    }
    Ok(())
}

fn counts(rows: Vec<Row>) -> Result<HashMap<String, i64>, StoreError> {
    rows.iter().map(|row| Ok((get(row, "credential")?, get(row, "n")?))).collect()
}

#[async_trait]
impl CredentialFactsStore for Store {
    async fn credential_facts(&self, query: &FactsQuery, page: &Page) -> Result<Listed<CredentialFacts>, StoreError> {
        let (at, after) = cursor::by_time(page)?;
        let rows = sqlx::query(if query.for_its_apis { HELD_OR_FOR_ITS_APIS } else { HELD })
            .bind(at)
            .bind(after)
            .bind(query.org.as_str())
            .bind(query.now.as_millis())
            .bind(cursor::fetch_limit(page))
            .fetch_all(self.reader())
            .await
            .map_err(failed)?;
        let found = rows.iter().map(facts).collect::<Result<Vec<_>, _>>()?;
        let mut listed = cursor::listed(page, found, |facts| cursor::at_time(facts.created_at, &facts.id));
        add_secrets(self, &mut listed.items, query.now).await?;
        add_apis(self, &mut listed.items).await?;
        add_use(self, &mut listed.items, query).await?;
        Ok(listed)
    }
}
