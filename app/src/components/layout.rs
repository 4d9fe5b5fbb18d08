//! What stands around the content: navigation, the organisation switcher, the page's heading.

use latchkey_core::Action;
use latchkey_core::notices::MOST_COUNTED;
use latchkey_core::orgs::Org;
use latchkey_types::Role;
use leptos::prelude::*;

use super::flash::Flash;
use super::icon::{Icon, icon, mark};
use crate::context::SignedIn;
use crate::routes::{self, OrgRoutes};

/// Where in the navigation a page stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Overview.
    Overview,
    /// APIs.
    Apis,
    /// Keys.
    Keys,
    /// Apps.
    Apps,
    /// Service accounts.
    ServiceAccounts,
    /// Tokens from outside: workload rules and trusted issuers.
    Workloads,
    /// Usage.
    Usage,
    /// Notices and where they go.
    Notices,
    /// Audit log.
    Audit,
    /// Members.
    Members,
    /// Settings.
    Settings,
    /// Catalogue.
    Catalogue,
    /// Operator desk.
    Operator,
    /// Account.
    Account,
    /// Reference.
    Docs,
    /// None of these.
    Other,
}

/// What the navigation of an organisation's page needs.
#[derive(Clone)]
pub struct OrgNav {
    /// Which organisation.
    pub org: Org,
    /// What the person is in it.
    pub role: Role,
    /// Every organisation of the person: slug and name.
    pub orgs: Vec<(String, String)>,
    /// Where we are.
    pub section: Section,
    /// How many notices the person hasn't read, up to [`MOST_COUNTED`].
    pub unread_notices: u32,
}

impl OrgNav {
    /// Whether the person's role allows this here; what isn't allowed isn't offered.
    pub fn may(&self, action: Action) -> bool {
        self.role >= action.least_role()
    }
}

struct Link {
    section: Section,
    icon: Icon,
    label: &'static str,
    href: String,
    /// How many new things wait there.
    count: u32,
}

fn org_links(nav: &OrgNav) -> Vec<Link> {
    let to = OrgRoutes(&nav.org.slug);
    let all = [
        (Section::Overview, Icon::Overview, "Overview", to.overview(), Action::ReadApis),
        (Section::Apis, Icon::Api, "APIs", to.apis(), Action::ReadApis),
        (Section::Keys, Icon::Key, "Keys", to.keys(), Action::ReadCredentials),
        (Section::Apps, Icon::App, "Apps", to.apps(), Action::ReadCredentials),
        (
            Section::ServiceAccounts,
            Icon::ServiceAccount,
            "Service accounts",
            to.service_accounts(),
            Action::ReadCredentials,
        ),
        (Section::Workloads, Icon::Workload, "Workloads", to.workload_rules(), Action::ManageWorkloadRules),
        (Section::Usage, Icon::Usage, "Usage", to.usage(), Action::ReadUsage),
        (Section::Notices, Icon::Notice, "Notices", to.notices(), Action::ReadCredentials),
        (Section::Audit, Icon::Audit, "Audit log", to.audit(), Action::ReadAudit),
        (Section::Members, Icon::Members, "Members", to.members(), Action::ReadMembers),
        (Section::Settings, Icon::Settings, "Settings", to.settings(), Action::ManageSettings),
    ];
    all.into_iter()
        .filter(|(.., action)| nav.may(*action))
        .map(|(section, icon, label, href, _)| {
            let count = if section == Section::Notices { nav.unread_notices } else { 0 };
            Link { section, icon, label, href, count }
        })
        .collect()
}

fn general_links(person: &SignedIn) -> Vec<Link> {
    let mut links = vec![
        Link {
            section: Section::Catalogue,
            icon: Icon::Catalogue,
            label: "Catalogue",
            href: routes::CATALOGUE.to_owned(),
            count: 0,
        },
        Link {
            section: Section::Docs,
            icon: Icon::Docs,
            label: "API reference",
            href: routes::API_DOCS.to_owned(),
            count: 0,
        },
    ];
    if person.is_operator() {
        links.push(Link {
            section: Section::Operator,
            icon: Icon::Operator,
            label: "Operator desk",
            href: routes::OPERATOR.to_owned(),
            count: 0,
        });
    }
    links
}

/// A number that says it is one of unread things, to who hears it too.
fn count_badge(count: u32) -> AnyView {
    let shown = if count >= MOST_COUNTED { format!("{}+", MOST_COUNTED - 1) } else { count.to_string() };
    view! { <span class="badge warning">{shown}<span class="visually-hidden">" unread"</span></span> }.into_any()
}

fn link_list(links: Vec<Link>, current: Section) -> AnyView {
    let items = links
        .into_iter()
        .map(|link| {
            let here = (link.section == current).then_some("page");
            let count = (link.count > 0).then(|| count_badge(link.count));
            view! { <li><a href=link.href aria-current=here>{icon(link.icon)}<span>{link.label}</span>{count}</a></li> }
        })
        .collect_view();
    view! { <ul class="nav-list">{items}</ul> }.into_any()
}

/// The switcher: a `<details>` with links, so that it opens without a script.
fn org_switcher(nav: Option<&OrgNav>) -> AnyView {
    let Some(nav) = nav else {
        return view! { <a class="switcher-alone" href=routes::HOME>"All organisations"</a> }.into_any();
    };
    let here = nav.org.slug.clone();
    let items = nav
        .orgs
        .iter()
        .map(|(slug, name)| {
            let current = (*slug == here).then_some("true");
            let href = OrgRoutes(slug).overview();
            view! { <li><a href=href aria-current=current>{name.clone()}</a></li> }
        })
        .collect_view();
    view! {
        <details class="switcher" name="switcher">
            <summary><span class="switcher-name">{nav.org.name.clone()}</span></summary>
            <ul>
                {items}
                <li class="rule"><a href="/?all">"All organisations"</a></li>
            </ul>
        </details>
    }
    .into_any()
}

fn account_box(person: &SignedIn, current: Section) -> AnyView {
    let here = (current == Section::Account).then_some("page");
    let name = person.user.identity.name.clone();
    view! {
        <div class="account-box">
            <a href=routes::ACCOUNT aria-current=here>{icon(Icon::Account)}<span>{name}</span></a>
            <form method="post" action=routes::SIGN_OUT><button type="submit" class="link">"Sign out"</button></form>
        </div>
    }
    .into_any()
}

fn navigation(person: &SignedIn, nav: Option<&OrgNav>, section: Section) -> AnyView {
    view! {
        {org_switcher(nav)}
        {nav.map(|nav| link_list(org_links(nav), section))}
        {link_list(general_links(person), section)}
        {account_box(person, section)}
    }
    .into_any()
}

/// A page with the navigation beside it; on narrow screens the same navigation opens from the top bar.
fn framed(
    person: &SignedIn,
    nav: Option<&OrgNav>,
    section: Section,
    flashed: Option<Flash>,
    content: AnyView,
) -> AnyView {
    let suspended = nav.is_some_and(|nav| nav.org.suspended_at.is_some()).then(|| {
        view! {
            <p class="notice bad" role="status">
                "An operator suspended this organisation: none of its credentials is accepted. Ask your operator."
            </p>
        }
    });
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <header class="top">
            <a class="brand" href=routes::HOME>{mark()}<span>"Latchkey"</span></a>
            <details class="menu">
                <summary>{icon(Icon::Menu)}<span>"Menu"</span></summary>
                <nav aria-label="Main menu">{navigation(person, nav, section)}</nav>
            </details>
        </header>
        <div class="frame">
            <aside class="side">
                <a class="brand" href=routes::HOME>{mark()}<span>"Latchkey"</span></a>
                <nav aria-label="Main">{navigation(person, nav, section)}</nav>
            </aside>
            <main id="main" tabindex="-1">
                {super::flash::flash(flashed)}
                {suspended}
                {content}
            </main>
        </div>
    }
    .into_any()
}

/// A page of an organisation.
pub fn org_layout(person: &SignedIn, nav: &OrgNav, flashed: Option<Flash>, content: AnyView) -> AnyView {
    framed(person, Some(nav), nav.section, flashed, content)
}

/// A page of a person: catalogue, operator desk, account.
pub fn plain_layout(person: &SignedIn, section: Section, flashed: Option<Flash>, content: AnyView) -> AnyView {
    framed(person, None, section, flashed, content)
}

/// A page without navigation: sign-in, errors.
pub fn bare_layout(content: AnyView) -> AnyView {
    view! {
        <a class="skip" href="#main">"Skip to content"</a>
        <header class="bare-top"><a class="brand" href=routes::HOME>{mark()}<span>"Latchkey"</span></a></header>
        <main id="main" class="bare" tabindex="-1">{content}</main>
    }
    .into_any()
}

/// A page's heading: where it stands, its title, what it is for, what to do.
pub fn page_header(parent: Option<(&str, String)>, title: &str, lead: Option<&str>, actions: AnyView) -> AnyView {
    let title = title.to_owned();
    let parent = parent.map(|(label, href)| {
        let label = label.to_owned();
        view! { <p class="parent"><a href=href>{label}</a></p> }
    });
    let lead = lead.map(|lead| {
        let lead = lead.to_owned();
        view! { <p class="lead">{lead}</p> }
    });
    view! {
        <header class="page-header">
            <div>
                {parent}
                <h1>{title}</h1>
                {lead}
            </div>
            <div class="actions">{actions}</div>
        </header>
    }
    .into_any()
}
