//! Every route of the portal, recorded while the router is built, so that the list can't differ from it.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing;

use crate::api;
use crate::context::PortalState;
use crate::pages::{
    self, account, action_tokens, apis, apps, audit, catalogue, check, docs, home, hygiene, initial_access_tokens,
    keys, leaks, members, notices, operator, orgs, security_tier, service_accounts, settings, trusted_issuers, usage,
    webhooks, workload_rules,
};

/// A file of 5 MiB (contract section 10, "Limits"), with the form around it, in bytes.
const UPLOAD_LIMIT: usize = 5 * 1024 * 1024 + 64 * 1024;

/// A router and the list of what is in it.
struct Routes {
    router: Router<PortalState>,
    list: Vec<(Method, &'static str)>,
}

impl Routes {
    fn get<H: Handler<T, PortalState>, T: 'static>(mut self, path: &'static str, handler: H) -> Self {
        self.router = self.router.route(path, routing::get(handler));
        self.list.push((Method::GET, path));
        self
    }

    /// A post that brings a file.
    fn upload<H: Handler<T, PortalState>, T: 'static>(mut self, path: &'static str, handler: H) -> Self {
        self.router = self.router.route(path, routing::post(handler).layer(DefaultBodyLimit::max(UPLOAD_LIMIT)));
        self.list.push((Method::POST, path));
        self
    }

    fn post<H: Handler<T, PortalState>, T: 'static>(mut self, path: &'static str, handler: H) -> Self {
        self.router = self.router.route(path, routing::post(handler));
        self.list.push((Method::POST, path));
        self
    }
}

/// The portal. The server puts a [`crate::Visitor`] into each request's extensions.
pub fn router(state: PortalState) -> Router {
    build().router.layer(from_fn_with_state(state.clone(), pages::errors::render)).with_state(state)
}

/// Method and path of every route, in axum's notation.
pub fn route_list() -> Vec<(Method, &'static str)> {
    build().list
}

fn build() -> Routes {
    let routes = Routes { router: Router::new(), list: Vec::new() };
    posts_of_notices(posts_of_programs(posts_of_credentials(posts(org_pages(pages_of_everybody(routes))))))
}

fn pages_of_everybody(routes: Routes) -> Routes {
    routes
        .get("/", home::index)
        .get("/sign-in", home::sign_in)
        .get("/signed-out", home::signed_out)
        .get("/docs/api", docs::show)
        .get("/account", account::show)
        .get("/catalogue", catalogue::list)
        .get("/operator", operator::show)
        .get("/invitations/{token}", members::invitation)
        .get("/orgs/new", orgs::new)
}

fn org_pages(routes: Routes) -> Routes {
    routes
        .get("/orgs/{slug}", orgs::show)
        .get("/orgs/{slug}/apis", apis::list)
        .get("/orgs/{slug}/apis/new", apis::new)
        .get("/orgs/{slug}/apis/{id}", apis::show)
        .get("/orgs/{slug}/apis/{id}/edit", apis::edit)
        .get("/orgs/{slug}/apis/{id}/call-paths", apis::call_paths)
        .get("/orgs/{slug}/apis/{id}/operations", apis::operations)
        .get("/orgs/{slug}/apis/{id}/operations/review", apis::review)
        .get("/orgs/{slug}/check-credential", check::show)
        .get("/orgs/{slug}/keys", keys::list)
        .get("/orgs/{slug}/keys/new", keys::new)
        .get("/orgs/{slug}/keys/{id}", keys::show)
        .get("/orgs/{slug}/keys/{id}/created", keys::created)
        .get("/orgs/{slug}/apps", apps::list)
        .get("/orgs/{slug}/apps/new", apps::new)
        .get("/orgs/{slug}/apps/{id}", apps::show)
        .get("/orgs/{slug}/apps/{id}/edit", apps::edit)
        .get("/orgs/{slug}/apps/{id}/created", apps::created)
        .get("/orgs/{slug}/initial-access-tokens", initial_access_tokens::list)
        .get("/orgs/{slug}/action-tokens", action_tokens::list)
        .get("/orgs/{slug}/service-accounts", service_accounts::list)
        .get("/orgs/{slug}/service-accounts/new", service_accounts::new)
        .get("/orgs/{slug}/service-accounts/{id}", service_accounts::show)
        .get("/orgs/{slug}/service-accounts/{id}/edit", service_accounts::edit)
        .get("/orgs/{slug}/workload-rules", workload_rules::list)
        .get("/orgs/{slug}/workload-rules/test", workload_rules::tester)
        .get("/orgs/{slug}/trusted-issuers", trusted_issuers::list)
        .get("/orgs/{slug}/usage", usage::show)
        .get("/orgs/{slug}/usage/live", usage::live)
        .get("/orgs/{slug}/usage.csv", usage::csv)
        .get("/orgs/{slug}/notices", notices::list)
        .get("/orgs/{slug}/webhooks", webhooks::list)
        .get("/orgs/{slug}/webhooks/{id}", webhooks::show)
        .get("/orgs/{slug}/audit", audit::list)
        .get("/orgs/{slug}/members", members::list)
        .get("/orgs/{slug}/settings", settings::show)
        .get("/orgs/{slug}/security-tier", security_tier::show)
        .get("/orgs/{slug}/hygiene", hygiene::list)
        .get("/orgs/{slug}/leaks", leaks::list)
}

fn posts(routes: Routes) -> Routes {
    routes
        .post("/_portal/orgs", api::orgs::create)
        .post("/_portal/orgs/{slug}/settings", api::orgs::update)
        .post("/_portal/orgs/{slug}/security-tier", api::security_tier::set)
        .post("/_portal/orgs/{slug}/members/{user}/role", api::orgs::set_role)
        .post("/_portal/orgs/{slug}/members/{user}/remove", api::orgs::remove_member)
        .post("/_portal/orgs/{slug}/invitations", api::orgs::invite)
        .post("/_portal/orgs/{slug}/invitations/{id}/revoke", api::orgs::revoke_invitation)
        .post("/_portal/invitations/{token}/accept", api::orgs::accept_invitation)
        .post("/_portal/orgs/{slug}/management-keys", api::management_keys::create)
        .post("/_portal/orgs/{slug}/management-keys/{id}/revoke", api::management_keys::revoke)
        .post("/_portal/orgs/{slug}/apis", api::apis::create)
        .post("/_portal/orgs/{slug}/apis/{id}/update", api::apis::update)
        .post("/_portal/orgs/{slug}/apis/{id}/delete", api::apis::delete)
        .post("/_portal/orgs/{slug}/apis/{id}/call-paths", api::apis::set_call_paths)
        .upload("/_portal/orgs/{slug}/apis/{id}/operations/upload", api::operations::upload)
        .post("/_portal/orgs/{slug}/apis/{id}/operations/apply", api::operations::apply)
        .post("/_portal/orgs/{slug}/apis/{id}/operations/discard", api::operations::discard)
        .post("/_portal/orgs/{slug}/apis/{id}/verification-keys", api::apis::create_verification_key)
        .post("/_portal/orgs/{slug}/apis/{id}/verification-keys/{key}/delete", api::apis::delete_verification_key)
        .post("/_portal/orgs/{slug}/apis/{id}/consumers/{consumer}/block", api::apis::block)
        .post("/_portal/orgs/{slug}/apis/{id}/consumers/{consumer}/unblock", api::apis::unblock)
        .post("/_portal/orgs/{slug}/apis/{id}/consumers/{consumer}/update", api::apis::update_consumer)
        .post("/_portal/orgs/{slug}/apis/{id}/access-requests/{request}/approve", api::apis::approve)
        .post("/_portal/orgs/{slug}/apis/{id}/access-requests/{request}/deny", api::apis::deny)
        .post("/_portal/access-requests", api::apis::request_access)
        .post("/_portal/account/sessions/end", api::account::end_session)
        .post("/_portal/account/sessions/end-others", api::account::end_other_sessions)
        .post("/_portal/operator/revoke", api::operator::revoke)
        .post("/_portal/operator/orgs/{slug}/suspend", api::operator::suspend)
        .post("/_portal/operator/orgs/{slug}/unsuspend", api::operator::unsuspend)
}

fn posts_of_credentials(routes: Routes) -> Routes {
    routes
        .post("/_portal/orgs/{slug}/check-credential", api::check::run)
        .post("/_portal/orgs/{slug}/keys", api::keys::create)
        .post("/_portal/orgs/{slug}/keys/{id}/update", api::keys::update)
        .post("/_portal/orgs/{slug}/keys/{id}/rotate", api::keys::rotate)
        .post("/_portal/orgs/{slug}/keys/{id}/disable", api::keys::disable)
        .post("/_portal/orgs/{slug}/keys/{id}/enable", api::keys::enable)
        .post("/_portal/orgs/{slug}/keys/{id}/revoke", api::keys::revoke)
        .post("/_portal/orgs/{slug}/apps", api::apps::create)
        .post("/_portal/orgs/{slug}/apps/{id}/update", api::apps::update)
        .post("/_portal/orgs/{slug}/apps/{id}/disable", api::apps::disable)
        .post("/_portal/orgs/{slug}/apps/{id}/enable", api::apps::enable)
        .post("/_portal/orgs/{slug}/apps/{id}/revoke", api::apps::revoke)
        .post("/_portal/orgs/{slug}/apps/{id}/delete", api::apps::delete)
        .post("/_portal/orgs/{slug}/apps/{id}/secrets", api::apps::create_secret)
        .post("/_portal/orgs/{slug}/apps/{id}/secrets/{secret}/delete", api::apps::delete_secret)
        .post("/_portal/orgs/{slug}/apps/{id}/keys", api::apps::create_key)
        .post("/_portal/orgs/{slug}/apps/{id}/keys/{app_key}/delete", api::apps::delete_key)
}

fn posts_of_notices(routes: Routes) -> Routes {
    routes
        .post("/_portal/orgs/{slug}/notices/read", api::notices::mark_read)
        .post("/_portal/orgs/{slug}/notices/settings", api::notices::set_email_kinds)
        .post("/_portal/orgs/{slug}/notices/mail", api::notices::set_wants_mail)
        .post("/_portal/orgs/{slug}/mails/{mail}/send-again", api::notices::send_mail_again)
        .post("/_portal/orgs/{slug}/webhooks", api::webhooks::create)
        .post("/_portal/orgs/{slug}/webhooks/{id}/update", api::webhooks::update)
        .post("/_portal/orgs/{slug}/webhooks/{id}/enable", api::webhooks::enable)
        .post("/_portal/orgs/{slug}/webhooks/{id}/disable", api::webhooks::disable)
        .post("/_portal/orgs/{slug}/webhooks/{id}/rotate", api::webhooks::rotate)
        .post("/_portal/orgs/{slug}/webhooks/{id}/test", api::webhooks::send_test)
        .post("/_portal/orgs/{slug}/webhooks/{id}/delete", api::webhooks::delete)
        .post("/_portal/orgs/{slug}/webhooks/{id}/deliveries/{delivery}/send-again", api::webhooks::send_again)
}

fn posts_of_programs(routes: Routes) -> Routes {
    routes
        .post("/_portal/orgs/{slug}/service-accounts", api::service_accounts::create)
        .post("/_portal/orgs/{slug}/service-accounts/{id}/update", api::service_accounts::update)
        .post("/_portal/orgs/{slug}/service-accounts/{id}/disable", api::service_accounts::disable)
        .post("/_portal/orgs/{slug}/service-accounts/{id}/enable", api::service_accounts::enable)
        .post("/_portal/orgs/{slug}/service-accounts/{id}/revoke", api::service_accounts::revoke)
        .post("/_portal/orgs/{slug}/service-accounts/{id}/delete", api::service_accounts::delete)
        .post("/_portal/orgs/{slug}/service-accounts/{id}/keys", api::service_accounts::create_key)
        .post("/_portal/orgs/{slug}/service-accounts/{id}/keys/{account_key}/delete", api::service_accounts::delete_key)
        .post("/_portal/orgs/{slug}/initial-access-tokens", api::initial_access_tokens::create)
        .post("/_portal/orgs/{slug}/initial-access-tokens/{id}/revoke", api::initial_access_tokens::revoke)
        .post("/_portal/orgs/{slug}/action-tokens", api::action_tokens::create)
        .post("/_portal/orgs/{slug}/action-tokens/{id}/revoke", api::action_tokens::revoke)
        .post("/_portal/orgs/{slug}/workload-rules", api::workload_rules::create)
        .post("/_portal/orgs/{slug}/workload-rules/test", api::workload_rules::test)
        .post("/_portal/orgs/{slug}/workload-rules/{id}/delete", api::workload_rules::delete)
        .post("/_portal/orgs/{slug}/trusted-issuers", api::trusted_issuers::create)
        .post("/_portal/orgs/{slug}/trusted-issuers/{id}/delete", api::trusted_issuers::delete)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_router_builds_and_changes_only_by_post() {
        let list = route_list();
        assert!(list.iter().all(|(method, path)| (*method == Method::POST) == path.starts_with("/_portal/")));
        let mut unique = list.clone();
        unique.sort_by_key(|(_, path)| *path);
        unique.dedup();
        assert_eq!(unique.len(), list.len());
    }
}
