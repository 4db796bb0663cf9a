//! Owns the way in: what the room asks of its browser, in order, never blocking the asker, bounded because a newer wish
//! takes the place of an older one of the same kind.

use crate::trial::{Goal, Trial, Watch};
use room_core::effect::{CallCommand, CallRequest, Screen};
use room_core::ids::CallId;
use std::collections::VecDeque;
use std::mem::discriminant;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, oneshot};

/// Asks things of the browser. Cheap to clone; nothing here blocks.
#[derive(Debug, Clone)]
pub struct Handle {
    shared: Arc<Shared>,
    /// Counts the handles, so that the inbox knows when all are gone. Empty only while being dropped.
    alive: Option<Arc<()>>,
}

/// Where the browser's task finds what was asked. Outlives the task: what waits here is not lost when it starts anew.
#[derive(Debug)]
pub struct Inbox {
    shared: Arc<Shared>,
    handles: std::sync::Weak<()>,
}

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<VecDeque<Wish>>,
    bell: Notify,
    trials: AtomicU64,
}

/// A picture of a page, as PNG or JPEG; `None` when none could be made.
pub type Picture = Option<Vec<u8>>;

/// Something that was asked.
#[derive(Debug)]
pub(crate) enum Wish {
    Call(CallId, CallCommand),
    Screen(Screen),
    Notice(Option<String>),
    SoundAnew,
    BrowserAnew,
    Mirror(oneshot::Sender<Picture>),
    Try(Trial),
    /// Of a call's page that needs a person.
    PageToActOn(oneshot::Sender<Picture>),
    /// Of the room's own page, while this is true on it.
    RoomPage(&'static str, oneshot::Sender<Picture>),
}

/// Makes both ends.
pub fn channel() -> (Handle, Inbox) {
    let shared = Arc::new(Shared::default());
    let alive = Arc::new(());
    let inbox = Inbox {
        shared: Arc::clone(&shared),
        handles: Arc::downgrade(&alive),
    };
    (
        Handle {
            shared,
            alive: Some(alive),
        },
        inbox,
    )
}

impl Handle {
    /// Asks something of a call.
    pub fn command(&self, call: CallId, command: CallCommand) {
        self.push(Wish::Call(call, command));
    }

    /// Brings this to the front of the main display; answered by `Event::Screen`.
    pub fn screen(&self, screen: Screen) {
        self.push(Wish::Screen(screen));
    }

    /// Shows a line over the call's page, or takes it away.
    pub fn notice(&self, text: Option<String>) {
        self.push(Wish::Notice(text));
    }

    /// Has the browser look for its sound server anew, before anything that is asked later. Pages that play stop doing so.
    pub fn sound_anew(&self) {
        self.push(Wish::SoundAnew);
    }

    /// Has the keeper end the browser and start the next one. It is seen to go and to come.
    pub fn begin_anew(&self) {
        self.push(Wish::BrowserAnew);
    }

    /// Makes a picture of the room's own page as PNG, and of nothing else ever: once this expression is true there, and only if it still
    /// is afterwards.
    pub async fn room_page(&self, shows: &'static str) -> Picture {
        let (answer, answered) = oneshot::channel();
        self.push(Wish::RoomPage(shows, answer));
        answered.await.ok().flatten()
    }

    /// Makes a picture of what stands in front. Who may see it is the caller's business.
    pub async fn mirror(&self) -> Picture {
        let (answer, answered) = oneshot::channel();
        self.push(Wish::Mirror(answer));
        answered.await.ok().flatten()
    }

    /// Opens a conference's page in a fresh profile up to the point before entering. No passcode is given, and the page
    /// gets neither microphone nor camera.
    pub fn look(&self, request: CallRequest) -> Watch {
        self.try_out(Goal::Look, request)
    }

    /// Enters a conference in a fresh profile, dark and silent, beside whatever the room does.
    pub fn enter(&self, request: CallRequest) -> Watch {
        self.try_out(Goal::Enter, request)
    }

    fn try_out(&self, goal: Goal, request: CallRequest) -> Watch {
        let number = self.shared.trials.fetch_add(1, Ordering::Relaxed);
        let (trial, watch) = Trial::new(number, goal, request, self.clone());
        self.push(Wish::Try(trial));
        watch
    }

    /// Makes a picture of the call's page as JPEG while that page needs a person, and of nothing else ever.
    pub async fn page_to_act_on(&self) -> Picture {
        let (answer, answered) = oneshot::channel();
        self.push(Wish::PageToActOn(answer));
        answered.await.ok().flatten()
    }

    fn push(&self, wish: Wish) {
        let mut waiting = self
            .shared
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|older| !replaces(&wish, older));
        let hands = waiting.iter().filter(|older| is_hand(older)).count();
        if is_hand(&wish) && hands >= HANDS_WAITING {
            return;
        }
        waiting.push_back(wish);
        drop(waiting);
        self.shared.bell.notify_one();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.alive = None;
        self.shared.bell.notify_one();
    }
}

impl Inbox {
    /// The next wish; `None` when every handle is gone and nothing waits. May be dropped and called again.
    pub(crate) async fn next(&mut self) -> Option<Wish> {
        loop {
            if let Some(wish) = self
                .shared
                .waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front()
            {
                return Some(wish);
            }
            if self.handles.strong_count() == 0 {
                return None;
            }
            self.shared.bell.notified().await;
        }
    }
}

/// Hands on the page keep their order and none takes another's place; more than so many are not kept for a browser that is away.
const HANDS_WAITING: usize = 64;

fn is_hand(wish: &Wish) -> bool {
    matches!(wish, Wish::Call(_, CallCommand::Hand(_)))
}

/// Whether the newer wish makes the older one, which still waits, pointless.
fn replaces(newer: &Wish, older: &Wish) -> bool {
    match (newer, older) {
        (Wish::Screen(_), Wish::Screen(_)) | (Wish::Notice(_), Wish::Notice(_)) => true,
        (Wish::SoundAnew, Wish::SoundAnew) | (Wish::BrowserAnew, Wish::BrowserAnew) => true,
        (Wish::Call(call, new), Wish::Call(same, old)) if call == same => match new {
            CallCommand::Drop => true,
            CallCommand::Hand(_) => false,
            _ => discriminant(new) == discriminant(old),
        },
        (Wish::Mirror(_), Wish::Mirror(asker))
        | (Wish::PageToActOn(_), Wish::PageToActOn(asker))
        | (Wish::RoomPage(..), Wish::RoomPage(_, asker)) => asker.is_closed(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_core::hand::{Hand, PageKey};
    use room_core::units::{Percent, Switch};

    fn names(inbox: &mut Inbox) -> Vec<String> {
        let waiting = inbox.shared.waiting.lock().unwrap();
        waiting.iter().map(|wish| format!("{wish:?}")).collect()
    }

    #[tokio::test]
    async fn a_newer_wish_takes_the_place_of_an_older_one_and_order_stays() {
        let (handle, mut inbox) = channel();
        let call = CallId(7);
        for level in 0..100 {
            handle.command(call, CallCommand::Volume(Percent::new(level)));
            handle.screen(Screen::Call);
            handle.notice(Some(level.to_string()));
        }
        handle.command(call, CallCommand::Mic(Switch::Open));
        handle.command(CallId(8), CallCommand::Mic(Switch::Open));
        handle.command(call, CallCommand::Mic(Switch::Closed));
        let expected = [
            "Call(CallId(7), Volume(Percent(99)))",
            "Screen(Call)",
            "Notice(Some(\"99\"))",
            "Call(CallId(8), Mic(Open))",
            "Call(CallId(7), Mic(Closed))",
        ];
        assert_eq!(names(&mut inbox), expected);
        handle.command(call, CallCommand::Drop);
        assert_eq!(names(&mut inbox).last().unwrap(), "Call(CallId(7), Drop)");
        assert_eq!(names(&mut inbox).len(), 4);
    }

    #[tokio::test]
    async fn hands_keep_their_order_and_their_bound() {
        let (handle, mut inbox) = channel();
        let call = CallId(7);
        for _ in 0..HANDS_WAITING {
            handle.command(call, CallCommand::Hand(Hand::Key(PageKey::Tab)));
        }
        handle.command(call, CallCommand::Hand(Hand::Key(PageKey::Enter)));
        assert_eq!(names(&mut inbox).len(), HANDS_WAITING);
        handle.command(call, CallCommand::Drop);
        assert_eq!(names(&mut inbox), ["Call(CallId(7), Drop)"]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_inbox_ends_when_every_handle_is_gone() {
        let (handle, mut inbox) = channel();
        let second = handle.clone();
        handle.screen(Screen::Room);
        drop((handle, second));
        assert!(matches!(
            inbox.next().await,
            Some(Wish::Screen(Screen::Room))
        ));
        assert!(inbox.next().await.is_none());
    }
}
