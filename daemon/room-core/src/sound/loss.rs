//! A sound server that died and is back: what became of the call's page meanwhile, and how it is heard again.
//! Chromium keeps to a server that is gone (seen with 156): a page that plays falls silent for good, and whatever captures
//! afterwards ends at once, also in pages to come. So its sound begins anew, and then the call's page does. The SIP client keeps to
//! a server that is gone as well (baresip 1.0 over ALSA's plug-in): its call goes on in silence until its devices are opened anew.
//!
//! Invariants:
//! - A page that nobody hears has its microphone closed, and after it came back a person opens it.
//! - A call is never given up for it: when the tries are used up, the page stays as it is until it may be tried again.

use crate::call::Visit;
use crate::effect::{CallCommand, Effect};
use crate::event::{BrowserSeen, Flow, MediaSeen, Trouble};
use crate::limits;
use crate::meeting::By;
use crate::room::Room;
use crate::units::{Mono, Switch};
use crate::view::MicNote;

impl Room {
    /// After everything else in a step: marks the page that lost its sound, and does what is due to be heard again.
    pub(crate) fn follow_sound_server(&mut self) {
        if self.plan.sound.is_none() {
            if let Some(visit) = self.visit.as_mut() {
                visit.unheard = None;
            }
            return;
        }
        self.renew_sip_sound();
        self.renew_browser_sound();
        self.mark_unheard();
        let due = self.visit.as_ref().and_then(|v| self.heard_again_at(v));
        if due.is_some_and(|at| self.now >= at) {
            self.drop_page();
            self.lose_page(Trouble::SoundLost);
        }
    }

    /// A call by SIP goes on as it was: its microphone is still the one that a person opened.
    fn renew_sip_sound(&mut self) {
        let (now, died) = (self.now, self.sound.died());
        let renewed = self.sound.renewed_at().is_some_and(|at| now >= at);
        let serves = self.sound.serves() && (renewed || !died);
        let sip = |v: &&mut Visit| v.by == By::Sip && v.has_page() && !v.leaving();
        let Some(visit) = self.visit.as_mut().filter(sip) else {
            return;
        };
        visit.stale_sound |= died && !renewed;
        if visit.stale_sound && serves {
            visit.stale_sound = false;
            let anew = Effect::Call(visit.call, CallCommand::SoundAnew);
            self.out.push(anew);
        }
    }

    /// A new browser knows no server that is gone; of one that was not heard of yet nobody knows.
    fn renew_browser_sound(&mut self) {
        let known = match self.browser.seen {
            Some(BrowserSeen::Gone) if self.sound.serves() => {
                self.sound.browser_renewed();
                true
            }
            Some(BrowserSeen::Ready) => true,
            Some(BrowserSeen::Gone) | None => false,
        };
        let sip_waits = self.visit.as_ref().is_some_and(|v| v.stale_sound);
        let due = self.sound.renewed_at().is_some_and(|at| self.now >= at);
        match (known, self.sound.browser_keeps()) {
            (true, false) if !sip_waits => self.sound.renewed(),
            (true, true) if due => self.begin_browser_sound_anew(),
            _ => {}
        }
    }

    fn begin_browser_sound_anew(&mut self) {
        self.mark_unheard();
        self.sound.renewed();
        self.out.push(Effect::BrowserSound);
        // Before the door nothing plays or is captured yet; what begins from now on is heard.
        if let Some(visit) = self.visit.as_mut().filter(|v| !v.is_inside()) {
            visit.unheard = None;
        }
    }

    fn mark_unheard(&mut self) {
        let (now, died) = (self.now, self.sound.died());
        let page = |v: &&mut Visit| v.by == By::Page && v.has_page() && !v.leaving();
        let Some(visit) = self.visit.as_mut().filter(page) else {
            return;
        };
        if died && visit.unheard.is_none() {
            visit.unheard = Some(now);
            // The page's capture ended with the server: that was nobody in the conference.
            visit.mic_note = visit.mic_note.filter(|(note, _)| *note != MicNote::Muted);
        }
        if visit.unheard.is_some() {
            visit.restore.mic = Switch::Closed;
            if self.mic.wanted() == Switch::Open {
                self.mic.close();
            }
        }
    }

    /// When the sound of browser or SIP client is to begin anew.
    pub(crate) fn sound_renewed_at(&self) -> Option<Mono> {
        let ready = self.browser.seen == Some(BrowserSeen::Ready);
        let sip = self.visit.as_ref().is_some_and(|v| v.stale_sound);
        self.sound.renewed_at().filter(|_| ready || sip)
    }

    /// When a page that nobody hears is opened anew: at once, or when the call has held long enough to have its tries again.
    pub(crate) fn heard_again_at(&self, visit: &Visit) -> Option<Mono> {
        let inside = visit.inside.filter(|_| visit.is_inside())?;
        let since = visit.unheard?;
        if self.sound.died() || !self.sound.serves() {
            return None;
        }
        let tries = self.plan.policy.rejoin_tries;
        let held = inside.plus(limits::STEADY);
        match tries {
            0 => None,
            _ if visit.attempt < tries => Some(since),
            _ => Some(held.max(since)),
        }
    }

    /// Whether the call's page is one that nobody hears.
    pub(crate) fn is_unheard(&self) -> bool {
        self.visit.as_ref().is_some_and(|v| v.unheard.is_some())
    }

    /// Since when, while that is not the server's own fault any more.
    pub(crate) fn without_sound_since(&self) -> Option<Mono> {
        let visit = self.visit.as_ref().filter(|v| v.is_inside())?;
        visit.unheard.filter(|_| self.sound.serves())
    }
}

impl Visit {
    /// What flows, as far as people hear it.
    pub(crate) fn media_heard(&self) -> Option<MediaSeen> {
        let media = self.media?;
        Some(match self.unheard {
            None => media,
            Some(_) => MediaSeen {
                audio_in: Flow::Stands,
                audio_out: Flow::Stands,
                ..media
            },
        })
    }
}
