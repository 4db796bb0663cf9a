//! Why BigBlueButton put somebody out, as its server and its client name it, and what that means for a room.
//! Seen in the client's tables of reasons in 2026 (`meeting-ended`), by name and by number.

use room_core::event::{CallSeen, EndReason};
use room_core::failure::CallFailure;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $name:literal => $ending:expr,)*) => {
        /// A reason, closed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum BbbEnd {
            $($(#[$doc])* $variant,)*
        }

        impl BbbEnd {
            /// Every one.
            pub const ALL: &'static [BbbEnd] = &[$(BbbEnd::$variant),*];

            /// As BigBlueButton writes it.
            pub fn name(self) -> &'static str {
                match self {
                    $(BbbEnd::$variant => $name,)*
                }
            }

            /// What it means.
            pub fn ending(self) -> Ending {
                match self {
                    $(BbbEnd::$variant => $ending,)*
                }
            }
        }
    };
}

/// What a reason means for the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The call is over and is not joined again by itself.
    Over(EndReason),
    /// It failed.
    Failed(CallFailure),
}

use Ending::{Failed, Over};

reasons! {
    /// A moderator removed the room.
    UserRequested = "user_requested_eject_reason" => Over(EndReason::Removed),
    /// The server removed it.
    SystemRequested = "system_requested_eject_reason" => Over(EndReason::Removed),
    /// The same user came in once more elsewhere.
    DuplicateUser = "duplicate_user_in_meeting_eject_reason" => Over(EndReason::Removed),
    /// It did what only moderators may do.
    NotEnoughPermission = "not_enough_permission_eject_reason" => Over(EndReason::Removed),
    /// Its session is not valid, or not any more.
    TokenInvalid = "validate_token_failed_eject_reason" => Failed(CallFailure::Denied),
    /// Nobody moved for as long as the server allows.
    UserInactivity = "user_inactivity_eject_reason" => Over(EndReason::TimeLimit),
    /// Removed before, and not to come again.
    BannedUserRejoining = "banned_user_rejoining_reason" => Over(EndReason::Denied),
    /// It left.
    UserLoggedOut = "user_logged_out_reason" => Over(EndReason::Left),
    /// No more seats.
    MaxParticipants = "max_participants_reason" => Failed(CallFailure::Full),
    /// Ended from outside, by a portal or an operator.
    EndedFromApi = "ENDED_FROM_API" => Over(EndReason::EndedByHost),
    /// Nobody joined in time.
    EndedWhenNotJoined = "ENDED_WHEN_NOT_JOINED" => Over(EndReason::TimeLimit),
    /// Everybody else left.
    EndedWhenLastUserLeft = "ENDED_WHEN_LAST_USER_LEFT" => Over(EndReason::EndedByHost),
    /// A moderator ended it for all.
    EndedAfterUserLoggedOut = "ENDED_AFTER_USER_LOGGED_OUT" => Over(EndReason::EndedByHost),
    /// Its time was over.
    EndedAfterExceedingDuration = "ENDED_AFTER_EXCEEDING_DURATION" => Over(EndReason::TimeLimit),
    /// A breakout room's time was over.
    BreakoutExceededDuration = "BREAKOUT_ENDED_EXCEEDING_DURATION" => Over(EndReason::TimeLimit),
    /// A moderator closed the breakout room.
    BreakoutEndedByModerator = "BREAKOUT_ENDED_BY_MOD" => Over(EndReason::EndedByHost),
    /// Nobody with an account was left.
    EndedWithoutAuthedUser = "ENDED_DUE_TO_NO_AUTHED_USER" => Over(EndReason::EndedByHost),
    /// No moderator was left.
    EndedWithoutModerator = "ENDED_DUE_TO_NO_MODERATOR" => Over(EndReason::EndedByHost),
    /// The server itself stopped.
    ServiceInterruption = "ENDED_DUE_TO_SERVICE_INTERRUPTION" => Failed(CallFailure::ConnectionLost),
    /// The client's page for "removed".
    Page403 = "403" => Over(EndReason::Removed),
    /// The client's page for "ended".
    Page410 = "410" => Over(EndReason::EndedByHost),
    /// The client's page for "logged out".
    Page430 = "430" => Over(EndReason::Left),
}

impl BbbEnd {
    /// Reads a name or number; `None` when it is not known.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|end| end.name() == text)
    }

    /// As a fact of the call.
    pub fn seen(self) -> CallSeen {
        match self.ending() {
            Over(reason) => CallSeen::Over(reason),
            Failed(failure) => CallSeen::Failed(failure),
        }
    }
}
