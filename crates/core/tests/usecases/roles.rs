//! Who may do what: every use case × every role, as a member, as a management key, as an operator and as a stranger.

use latchkey_core::apis::{self, ApiPatch, PolicyPatch, Visibility};
use latchkey_core::audit::{self, AuditQuery};
use latchkey_core::orgs::{self, OrgChange};
use latchkey_core::usage::{self, Bucket, GroupBy, ReportRequest, Side};
use latchkey_core::{Caller, Error};
use latchkey_types::Role;

use crate::stage::{Portal, START, as_operator, id_of, is_forbidden, is_not_found, management_key, new_api, page};

/// Every use case of these areas that names an organisation, and the least role that may.
const MATRIX: [(&str, Role); 27] = [
    ("orgs::get", Role::Viewer),
    ("apis::list", Role::Viewer),
    ("apis::get", Role::Viewer),
    ("apis::list_verification_keys", Role::Viewer),
    ("apis::access_requests", Role::Viewer),
    ("apis::own_access_requests", Role::Viewer),
    ("apis::consumers", Role::Viewer),
    ("usage::report", Role::Viewer),
    ("orgs::members", Role::Developer),
    ("apis::request_access", Role::Developer),
    ("orgs::update", Role::Admin),
    ("orgs::invite", Role::Admin),
    ("orgs::invitations", Role::Admin),
    ("orgs::revoke_invitation", Role::Admin),
    ("orgs::set_role", Role::Admin),
    ("orgs::remove_member", Role::Admin),
    ("apis::create", Role::Admin),
    ("apis::update", Role::Admin),
    ("apis::delete", Role::Admin),
    ("apis::create_verification_key", Role::Admin),
    ("apis::delete_verification_key", Role::Admin),
    ("apis::decide_access_request", Role::Admin),
    ("apis::set_consumer_blocked", Role::Admin),
    ("apis::set_consumer_policy", Role::Admin),
    ("audit::list", Role::Admin),
    ("orgs::invite owner", Role::Owner),
    ("orgs::set_role owner", Role::Owner),
];

/// An organisation with one of everything, made by its owner; another organisation consumes its API.
struct Stage {
    portal: Portal,
    owner: Caller,
    consumer: Caller,
    members: Vec<(Role, Caller)>,
}

impl Stage {
    async fn new() -> Self {
        let portal = Portal::new().await;
        let (_, owner) = portal.org("acme").await;
        let (_, consumer) = portal.org("shop").await;
        let mut members = Vec::new();
        for role in Role::ALL {
            members.push((role, portal.member("acme", &owner, &format!("member-{role}"), role).await));
        }
        Self { portal, owner, consumer, members }
    }

    /// Does one thing as `caller`, on fresh objects that the owner makes.
    async fn act(&self, name: &str, number: usize, caller: &Caller) -> Result<(), Error> {
        let (core, owner) = (&*self.portal.core, &self.owner);
        let api = self.portal.api("acme", owner, &format!("urn:acme:{number}"), Visibility::Public).await;
        let foreign = self.portal.api("shop", &self.consumer, &format!("urn:shop:{number}"), Visibility::Public).await;
        let asked = vec!["admin".to_owned()];
        let request = apis::request_access(core, &self.consumer, "shop", api.id.as_str(), asked.clone(), "").await?;
        let email = format!("new-{number}@example.com");
        let done = |()| ();
        match name {
            "orgs::get" => orgs::get(core, caller, "acme").await.map(|_| ()),
            "apis::list" => apis::list(core, caller, "acme", None, &page()).await.map(|_| ()),
            "apis::get" => apis::get(core, caller, "acme", &api.id).await.map(|_| ()),
            "apis::list_verification_keys" => {
                apis::list_verification_keys(core, caller, "acme", &api.id).await.map(|_| ())
            }
            "apis::access_requests" => apis::access_requests(core, caller, "acme", &api.id, &page()).await.map(|_| ()),
            "apis::own_access_requests" => apis::own_access_requests(core, caller, "acme", &page()).await.map(|_| ()),
            "apis::consumers" => apis::consumers(core, caller, "acme", &api.id, &page()).await.map(|_| ()),
            "usage::report" => {
                let request = ReportRequest {
                    from: START.plus_seconds(-60),
                    to: START,
                    bucket: Bucket::Minute,
                    group_by: GroupBy::default(),
                    side: Side::Both,
                    credential: None,
                    api: None,
                };
                usage::report(core, caller, "acme", request).await.map(|_| ())
            }
            "orgs::members" => orgs::members(core, caller, "acme", &page()).await.map(|_| ()),
            "apis::request_access" => {
                apis::request_access(core, caller, "acme", &foreign.audience, asked, "please").await.map(|_| ())
            }
            "orgs::update" => {
                let change = OrgChange { name: Some(format!("Acme {number}")), ..OrgChange::default() };
                orgs::update(core, caller, "acme", change).await.map(|_| ())
            }
            "orgs::invite" => orgs::invite(core, caller, "acme", &email, Role::Admin).await.map(|_| ()),
            "orgs::invite owner" => orgs::invite(core, caller, "acme", &email, Role::Owner).await.map(|_| ()),
            "orgs::invitations" => orgs::invitations(core, caller, "acme", &page()).await.map(|_| ()),
            "orgs::revoke_invitation" => {
                let invited = orgs::invite(core, owner, "acme", &email, Role::Viewer).await?;
                orgs::revoke_invitation(core, caller, "acme", &invited.invitation.id).await.map(done)
            }
            "orgs::set_role" | "orgs::set_role owner" => {
                let member = self.portal.member("acme", owner, &format!("m-{number}"), Role::Viewer).await;
                let role = if name.ends_with("owner") { Role::Owner } else { Role::Admin };
                orgs::set_role(core, caller, "acme", &id_of(&member), role).await
            }
            "orgs::remove_member" => {
                let member = self.portal.member("acme", owner, &format!("m-{number}"), Role::Admin).await;
                orgs::remove_member(core, caller, "acme", &id_of(&member)).await
            }
            "apis::create" => {
                let new = new_api(&format!("urn:new:{number}"), Visibility::Private);
                apis::create(core, caller, "acme", new).await.map(|_| ())
            }
            "apis::update" => {
                let patch = ApiPatch { token_ttl_seconds: Some(60), ..ApiPatch::default() };
                apis::update(core, caller, "acme", &api.id, patch).await.map(|_| ())
            }
            "apis::delete" => apis::delete(core, caller, "acme", &api.id).await,
            "apis::create_verification_key" => {
                apis::create_verification_key(core, caller, "acme", &api.id, "gateway", vec![]).await.map(|_| ())
            }
            "apis::delete_verification_key" => {
                let made = apis::create_verification_key(core, owner, "acme", &api.id, "gateway", vec![]).await?;
                apis::delete_verification_key(core, caller, "acme", &api.id, &made.key.id).await
            }
            "apis::decide_access_request" => {
                apis::decide_access_request(core, caller, "acme", &api.id, &request.id, true).await.map(|_| ())
            }
            "apis::set_consumer_blocked" => {
                apis::set_consumer_blocked(core, caller, "acme", &api.id, "shop", true).await.map(|_| ())
            }
            "apis::set_consumer_policy" => {
                let patch = PolicyPatch { scopes: Some(asked), ..PolicyPatch::default() };
                apis::set_consumer_policy(core, caller, "acme", &api.id, "shop", patch).await.map(|_| ())
            }
            "audit::list" => audit::list(core, caller, "acme", AuditQuery::default(), &page()).await.map(|_| ()),
            other => panic!("not in the matrix: {other}"),
        }
    }
}

#[tokio::test]
async fn a_role_may_what_it_may_and_nothing_else() {
    let stage = Stage::new().await;
    let acme = orgs::get(&stage.portal.core, &stage.owner, "acme").await.unwrap().org.id;
    let mut number = 0;
    for (name, least) in MATRIX {
        for (role, member) in &stage.members {
            for caller in [member.clone(), management_key(Some(&acme), *role), management_key(None, *role)] {
                number += 1;
                let result = stage.act(name, number, &caller).await;
                if *role >= least {
                    assert!(result.is_ok(), "{name} as {role} {:?}: {result:?}", caller.actor);
                } else {
                    assert!(is_forbidden(&result), "{name} as {role} {:?}: {result:?}", caller.actor);
                }
            }
        }
    }
}

// F-14
#[tokio::test]
async fn a_foreign_organisation_is_not_found_and_nothing_changes() {
    let stage = Stage::new().await;
    let shop = orgs::get(&stage.portal.core, &stage.consumer, "shop").await.unwrap().org.id;
    let removed = stage.portal.member("acme", &stage.owner, "gone", Role::Owner).await;
    orgs::remove_member(&stage.portal.core, &stage.owner, "acme", &id_of(&removed)).await.unwrap();
    let strangers = [stage.consumer.clone(), management_key(Some(&shop), Role::Owner), removed];
    for (number, (name, _)) in MATRIX.into_iter().enumerate() {
        for (which, stranger) in strangers.iter().enumerate() {
            let result = stage.act(name, number * strangers.len() + which, stranger).await;
            assert!(is_not_found(&result), "{name}: {result:?}");
        }
    }
    for entry in stage.portal.audit(None).await {
        let by_stranger = entry.actor_id == Some(id_of(&stage.consumer).to_string());
        let acme = orgs::get(&stage.portal.core, &stage.owner, "acme").await.unwrap().org.id;
        assert!(!(by_stranger && entry.org == Some(acme)), "{entry:?}");
    }
}

#[tokio::test]
async fn a_foreign_id_under_ones_own_slug_is_not_found() {
    let stage = Stage::new().await;
    let (core, shop) = (&*stage.portal.core, &stage.consumer);
    let api = stage.portal.api("acme", &stage.owner, "urn:acme", Visibility::Public).await;
    let made = apis::create_verification_key(core, &stage.owner, "acme", &api.id, "gateway", vec![]).await.unwrap();
    let own = stage.portal.api("shop", shop, "urn:shop", Visibility::Private).await;
    let invited = orgs::invite(core, &stage.owner, "acme", "x@example.com", Role::Viewer).await.unwrap();

    assert!(is_not_found(&apis::get(core, shop, "shop", &api.id).await));
    assert!(is_not_found(&apis::update(core, shop, "shop", &api.id, ApiPatch::default()).await));
    assert!(is_not_found(&apis::delete(core, shop, "shop", &api.id).await));
    assert!(is_not_found(&apis::list_verification_keys(core, shop, "shop", &api.id).await));
    assert!(is_not_found(&apis::delete_verification_key(core, shop, "shop", &api.id, &made.key.id).await));
    assert!(is_not_found(&apis::delete_verification_key(core, shop, "shop", &own.id, &made.key.id).await));
    assert!(is_not_found(&apis::consumers(core, shop, "shop", &api.id, &page()).await));
    assert!(is_not_found(&orgs::revoke_invitation(core, shop, "shop", &invited.invitation.id).await));
    assert!(is_not_found(&orgs::remove_member(core, shop, "shop", &id_of(&stage.owner)).await));
    assert!(is_not_found(&orgs::set_role(core, shop, "shop", &id_of(&stage.owner), Role::Viewer).await));
    assert_eq!(apis::list_verification_keys(core, &stage.owner, "acme", &api.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_operator_sees_every_organisation() {
    let portal = Portal::new().await;
    let (_, owner) = portal.org("acme").await;
    let operator = as_operator(&portal.person("olga").await);
    assert_eq!(orgs::get(&portal.core, &operator, "acme").await.unwrap().role, Role::Owner);
    assert!(is_not_found(&orgs::get(&portal.core, &operator, "nowhere").await));
    let _ = owner;
}
