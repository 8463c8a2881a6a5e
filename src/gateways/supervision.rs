//! Keeps a gateway listening: one that fails is started again with back-off while the others go on; one that can't work
//! is left alone and says why.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use super::{Listener, Reception, Stopped};

/// How long to wait before a gateway is started again.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// After the first failure; doubled after each further one, with jitter.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
    /// Listening this long without a failure counts as having worked: the next wait is the first again.
    pub settled: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
            settled: Duration::from_secs(120),
        }
    }
}

impl Pace {
    fn waits(&self) -> impl Iterator<Item = Duration> + use<> {
        ExponentialBuilder::default()
            .with_min_delay(self.first)
            .with_max_delay(self.longest)
            .with_jitter()
            .without_max_times()
            .build()
    }
}

/// Has `gateway` listen until `reception` closes or it can't go on.
pub async fn supervise(gateway: Arc<dyn Listener>, reception: Reception, pace: Pace) {
    let platform = gateway.platform();
    let mut waits = pace.waits();
    loop {
        let began = tokio::time::Instant::now();
        let listening = tokio::spawn(Arc::clone(&gateway).listen(reception.clone()));
        let why = match listening.await {
            Ok(Ok(())) if reception.closing.is_cancelled() => return,
            Ok(Ok(())) => "it stopped listening by itself".to_owned(),
            Ok(Err(Stopped::Passing(why))) => why,
            Ok(Err(Stopped::Fatal(why))) => {
                tracing::error!(chat.platform = %platform, error = %why, "a gateway can't go on; the others do");
                reception.health.down(why);
                return;
            }
            Err(panicked) => {
                tracing::error!(chat.platform = %platform, error = %panicked, "a gateway broke off");
                "it broke off; the log tells more".to_owned()
            }
        };
        if began.elapsed() >= pace.settled {
            waits = pace.waits();
        }
        let wait = waits.next().unwrap_or(pace.longest);
        tracing::warn!(chat.platform = %platform, error = %why, retry.seconds = wait.as_secs_f64(), "a gateway stopped and will be started again");
        reception.health.troubled(why);
        if reception
            .closing
            .run_until_cancelled(tokio::time::sleep(wait))
            .await
            .is_none()
        {
            return;
        }
    }
}
