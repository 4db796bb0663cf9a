//! A practice conference on the host, for a room in a guest: the room's network ends here. Knows no guest.

use anyhow::{Context, Result, bail};
use practice::{
    ConferenceConfig, ConferenceId, Config, Practice, ResumeKey, Rules, Serving, Transport,
};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Its name in its address.
pub const NAME: &str = "rathaus";
/// Between two looks who is there.
const LOOK: Duration = Duration::from_secs(1);

/// A conference that is served to this machine, until it is dropped.
#[derive(Debug)]
pub struct Conference {
    practice: Practice,
    serving: Serving,
    _runtime: Runtime,
}

impl Conference {
    /// Opens it at a free port; nobody is there yet.
    ///
    /// # Errors
    /// No port is free.
    pub fn open() -> Result<Conference> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("a runtime for the conference")?;
        let mut config = Config::new(ResumeKey::random());
        config.conferences = vec![ConferenceConfig {
            id: id()?,
            rules: Rules::default(),
        }];
        let practice = Practice::new(config)?;
        let serving = {
            let _within = runtime.enter();
            let router = practice::router(practice.clone());
            practice::serve((Ipv4Addr::LOCALHOST, 0).into(), Transport::Plain, router)?
        };
        Ok(Conference {
            practice,
            serving,
            _runtime: runtime,
        })
    }

    /// Where it is served.
    pub fn port(&self) -> u16 {
        self.serving.addr().port()
    }

    /// Waits until so many are in the call, as the conference itself counts them.
    ///
    /// # Errors
    /// There are others within this time.
    pub fn counts(&self, wanted: usize, within: Duration) -> Result<()> {
        let (id, began) = (id()?, Instant::now());
        loop {
            let count = self.practice.in_call(&id);
            if count == wanted {
                return Ok(());
            }
            if began.elapsed() > within {
                bail!("{count} are in the conference on the host, not {wanted}");
            }
            std::thread::sleep(LOOK);
        }
    }
}

fn id() -> Result<ConferenceId> {
    Ok(ConferenceId::new(NAME)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_there_yet_and_that_is_said() {
        let conference = Conference::open().unwrap();
        assert_ne!(conference.port(), 0);
        conference.counts(0, Duration::ZERO).unwrap();
        let said = conference.counts(1, Duration::ZERO).unwrap_err();
        assert!(
            said.to_string().starts_with("0 are in the conference"),
            "{said}"
        );
    }
}
