//! An organisation's service accounts, listed.

use latchkey_core::ports::{Listed, Page, StoreError};
use latchkey_core::service_accounts::{AccountGrants, ServiceAccount};
use latchkey_types::OrgId;

use super::super::lists::NewestFirst;
use super::super::{Store, grants};
use super::{account, account_columns, account_tables};
use crate::cursor;
use crate::error::failed;
use crate::search::is_storable;

pub(super) async fn of_org(
    store: &Store,
    org: &OrgId,
    search: Option<&str>,
    page: &Page,
) -> Result<Listed<ServiceAccount>, StoreError> {
    let select =
        concat!("SELECT ", account_columns!(), account_tables!(), " WHERE p.deleted_at IS NULL AND p.org_id = ");
    let mut list = NewestFirst::new(select, "p", org, page)?;
    if let Some(search) = search {
        if !is_storable(search) {
            return Ok(Listed { items: Vec::new(), next_cursor: None });
        }
        list.search_name(search);
    }
    let mut listed =
        list.fetch(store, account, |account| cursor::at_time(account.created_at, account.id.as_str())).await?;
    let ids: Vec<String> = listed.items.iter().map(|account| account.id.to_string()).collect();
    let mut connection = store.reader().acquire().await.map_err(failed)?;
    let mut found = grants::of_each(&mut connection, &ids).await?;
    for account in &mut listed.items {
        if let AccountGrants::Listed(grants) = &mut account.grants {
            *grants = found.remove(account.id.as_str()).unwrap_or_default();
        }
    }
    Ok(listed)
}
