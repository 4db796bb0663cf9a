//! Devices on the network that a person names at a page: looked for at once, kept for a run that goes on. Asks nobody.

use super::{Working, facts};
use anyhow::{Context, Result};
use commission::{Facts, Interview, Named, State};
use commission_page::desk::Stop;
use commission_page::{Came, Screen};

impl Working {
    /// What a person named at a page: a head must answer, a display is proven with all others.
    pub(super) async fn look_for(&self, interview: &mut Interview, named: Named) -> Result<()> {
        if let Some(page) = self.who.page() {
            page.desk().show(Screen::Looking);
        }
        eprintln!("looking for {named} ...");
        interview.name(named.clone());
        let mut facts = self.look(interview.state()).await?;
        let silent = facts.silent.iter().any(|line| line == named.line());
        if silent {
            interview.unname(&named);
            facts.silent.retain(|line| line != named.line());
        }
        interview.found(facts);
        if let Some(page) = self.who.page() {
            let came = match silent {
                true => Came::Silent,
                false => Came::Taken,
            };
            page.desk().tried(&named.to_string(), came);
        }
        Ok(())
    }

    /// What is found now, with what the command and a person at a page named.
    async fn look(&self, state: &State) -> Result<Facts> {
        let named = self.args.place.named()?.and(&state.named);
        facts(&named).await.context(Stop::NotLooked)
    }
}
