//! `latchkey serve`.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use futures::FutureExt;
use latchkey_core::{signing, verify};
use latchkey_store::Database;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::dev::Dev;
use super::{CommandError, Context, Outcome, logging};
use crate::compose::{self, Installation, StartError};
use crate::config::Settings;
use crate::http::assets::Site;
use crate::http::tls::Tls;
use crate::http::{accept, router};
use crate::jobs::Jobs;
use crate::sign_in::Providers;

/// How long a database that hangs may hold up a stop, after [`accept`] has waited for requests: in all the process is
/// gone within 15 seconds (F-04).
const LAST_WRITES: Duration = Duration::from_secs(4);

#[derive(Args, Debug)]
pub(super) struct Serve {
    /// For trying out: also starts an identity provider with two demo users, and seeds a demo organisation
    #[arg(long)]
    dev: bool,
    /// Refuse to start where the database lacks migrations
    #[arg(long)]
    no_migrate: bool,
}

impl Serve {
    pub(super) async fn run(self, context: &Context) -> Outcome {
        let mut settings = Settings::load(&context.source, self.dev)?;
        logging::start(&settings.logging);
        let dev = if self.dev { Some(Dev::prepare(&mut settings).await?) } else { None };
        let (installation, _lock) = Installation::open_to_serve(&settings, !self.no_migrate).await?;
        let core = &installation.core;
        signing::load(core).await?;
        // the cache may be used from the first request on
        verify::follow(core).await?;
        let seeded = match &dev {
            Some(_) => Some(super::dev::seed(core).await?),
            None => None,
        };

        let site =
            Site::load(&settings.site_root).map_err(|error| StartError::Io("LATCHKEY_SITE_ROOT".to_owned(), error))?;
        let providers = Providers::new(settings.oidc.clone())?;
        let state = compose::app_state(core.clone(), &settings, providers);
        let (app, _) = router::build(&state, site);
        let stop = stop_signal()?.shared();
        let listener = listen("LATCHKEY_LISTEN", settings.listen).await?;
        let mtls = match &settings.client_certificates.listener {
            Some(mtls) => {
                let tls = Tls::load(mtls, core.clock.clone())?;
                Some((listen("LATCHKEY_MTLS_LISTEN", mtls.listen).await?, tls))
            }
            None => None,
        };
        let identity_provider = dev.map(Dev::start);
        announce(&settings, seeded.as_ref());

        let jobs = Jobs::start(core);
        let trusted = &settings.trusted_proxies;
        let by_tls = async {
            if let Some((listener, tls)) = mtls {
                accept::serve_tls(listener, app.clone(), trusted.clone(), tls, stop.clone()).await;
            }
        };
        tokio::join!(accept::serve(listener, app.clone(), trusted.clone(), stop.clone()), by_tls);
        if let Some(identity_provider) = identity_provider {
            identity_provider.abort();
        }
        tokio::time::timeout(LAST_WRITES, wind_up(jobs, &installation.database))
            .await
            .map_err(|_| CommandError::Failed("what was counted last couldn't be written in time".to_owned()))??;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    }
}

/// Lets the jobs end, writes what was counted, and gives the connections back.
async fn wind_up(jobs: Jobs, database: &Database) -> Result<(), CommandError> {
    let flushed = jobs.stop().await;
    database.close().await;
    Ok(flushed?)
}

async fn listen(setting: &str, address: SocketAddr) -> Result<TcpListener, CommandError> {
    let listener = TcpListener::bind(address).await;
    Ok(listener.map_err(|error| StartError::Io(format!("{setting} {address}"), error))?)
}

/// Done at SIGTERM or SIGINT. The handlers stand before the first request is taken.
fn stop_signal() -> Result<impl Future<Output = ()>, CommandError> {
    let failed = |error| StartError::Io("signals".to_owned(), error);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: no new connections, requests being answered may finish");
    })
}

fn announce(settings: &Settings, seeded: Option<&super::dev::Seeded>) {
    if let Some(mtls) = &settings.client_certificates.listener {
        tracing::info!(listen = %mtls.listen, "serving clients with certificates");
    }
    tracing::info!(listen = %settings.listen, url = %settings.public_url, "serving");
    if !settings.public_url.is_https()
        && settings.listen.port() != 0
        && settings.listen.port() != settings.public_url.port()
    {
        tracing::warn!(
            "browsers are sent to LATCHKEY_PUBLIC_URL, which has another port than LATCHKEY_LISTEN: set it, too, unless a proxy stands there"
        );
    }
    if let Some(seeded) = seeded {
        seeded.print(settings);
    }
}
