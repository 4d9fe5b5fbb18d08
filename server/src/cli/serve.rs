//! `latchkey serve`.

use std::process::ExitCode;

use clap::Args;
use latchkey_core::{signing, verify};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::dev::Dev;
use super::{CommandError, Context, Outcome, logging};
use crate::compose::{self, Installation, StartError};
use crate::config::Settings;
use crate::http::assets::Site;
use crate::http::{accept, router};
use crate::jobs::Jobs;
use crate::sign_in::Providers;

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
        let installation = Installation::open(&settings, !self.no_migrate).await?;
        let _lock = installation.database.lock_for_serving().map_err(StartError::from)?;
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
        let stop = stop_signal()?;
        let listener = listen(&settings).await?;
        let identity_provider = dev.map(Dev::start);
        announce(&settings, seeded.as_ref());

        let jobs = Jobs::start(core);
        accept::serve(listener, app, stop).await;
        let flushed = jobs.stop().await;
        if let Some(identity_provider) = identity_provider {
            identity_provider.abort();
        }
        installation.database.close().await;
        flushed?;
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    }
}

async fn listen(settings: &Settings) -> Result<TcpListener, CommandError> {
    let listener = TcpListener::bind(settings.listen).await;
    Ok(listener.map_err(|error| StartError::Io(format!("LATCHKEY_LISTEN {}", settings.listen), error))?)
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
    tracing::info!(listen = %settings.listen, url = %settings.public_url, "serving");
    if let Some(seeded) = seeded {
        seeded.print(settings);
    }
}
