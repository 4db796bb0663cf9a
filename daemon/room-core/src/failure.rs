//! Names of everything that can go wrong. Each has a code for IT; sentences for people live with the faces, keyed by the code.
//! Knows no language.

use serde::{Deserialize, Serialize};

macro_rules! failures {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// Every one, so that a test can ask for every sentence.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The code that faces, logs and IT use.
            pub fn code(self) -> &'static str {
                match self {
                    $($name::$variant => $code,)*
                }
            }
        }
    };
}

failures!(
    /// Why a call could not be entered or kept.
    CallFailure {
        /// The page did not load: name, route, TLS or server.
        Unreachable = "call-unreachable",
        /// The page loaded and then never reached a state we know in time.
        NoAnswer = "call-no-answer",
        /// A screen that no rule of the service pack knows; kept for IT.
        UnknownScreen = "call-unknown-screen",
        /// The conference does not exist or has expired.
        NotFound = "call-not-found",
        /// No more seats.
        Full = "call-full",
        /// Locked by the host.
        Locked = "call-locked",
        /// The passcode was refused.
        WrongPasscode = "call-wrong-passcode",
        /// The passcode was not given in time.
        PasscodeTimeout = "call-passcode-timeout",
        /// Nobody let the room in.
        Denied = "call-denied",
        /// Nobody answered the door in time.
        LobbyTimeout = "call-lobby-timeout",
        /// The host never came.
        HostTimeout = "call-host-timeout",
        /// The service asks for a sign-in.
        LoginNeeded = "call-login-needed",
        /// The service asks for a registration.
        RegistrationNeeded = "call-registration-needed",
        /// The service asks for a captcha.
        CaptchaNeeded = "call-captcha-needed",
        /// The service takes the room for a robot.
        BotWall = "call-bot-wall",
        /// Nobody agreed in time.
        ConsentMissing = "call-consent-missing",
        /// The service does not support this browser.
        BrowserRefused = "call-browser-refused",
        /// Sound or picture never came through.
        NoMedia = "call-no-media",
        /// Lost, and not regained within the limit and tries.
        ConnectionLost = "call-connection-lost",
        /// The browser could not be started or kept crashing.
        BrowserBroken = "call-browser-broken",
        /// The server does not take the shared secret that the operator gave.
        KeyRefused = "call-key-refused",
        /// This room has no pack for the service.
        NoPack = "call-no-pack",
        /// The page navigated to a host that is not allowed.
        StrayHost = "call-stray-host",
        /// An action on the page had no effect.
        ActionFailed = "call-action-failed",
        /// By SIP: the far end is busy.
        Busy = "call-busy",
        /// By SIP: the far end declined the call.
        Declined = "call-declined",
        /// By SIP: the far end does not take calls from this room.
        NotAllowed = "call-not-allowed",
        /// By SIP: the far end is not there now.
        NotThere = "call-not-there",
        /// By SIP: the two have no sound, picture or encryption in common.
        MediaRefused = "call-media-refused",
        /// By SIP: the server says that it cannot serve now.
        ServiceDown = "call-service-down",
        /// By SIP: no encrypted line could be made, or the server's certificate is not trusted.
        TlsRefused = "call-tls-refused",
        /// The SIP client could not be started or kept crashing.
        SipBroken = "call-sip-broken",
    }
);

failures!(
    /// Why a PTZ head does not do what it should.
    HeadFailure {
        /// The line does not exist.
        LineAbsent = "head-line-absent",
        /// The line may not be opened.
        LineDenied = "head-line-denied",
        /// Another program has the line.
        LineBusy = "head-line-busy",
        /// Nobody answers.
        NoAnswer = "head-no-answer",
        /// The head refused the command in its present state (standby, menu open).
        NotNow = "head-not-now",
        /// The head does not know the command.
        NotSupported = "head-not-supported",
        /// What came back makes no sense.
        Garbled = "head-garbled",
        /// The move was not finished in time.
        Timeout = "head-timeout",
        /// Only noise comes: line and head are set to different speeds, or something else hangs there.
        WrongBaud = "head-wrong-baud",
        /// The head has no preset of that number.
        NoPreset = "head-no-preset",
    }
);

failures!(
    /// Why a display does not do what it should.
    DisplayFailure {
        /// None of its lines exists.
        LineAbsent = "display-line-absent",
        /// A line may not be opened.
        LineDenied = "display-line-denied",
        /// Another program has the line.
        LineBusy = "display-line-busy",
        /// Nobody answers.
        NoAnswer = "display-no-answer",
        /// It wants another password.
        WrongPassword = "display-wrong-password",
        /// It does not know the command.
        NotSupported = "display-not-supported",
        /// It says that it does, and does not.
        Disobeys = "display-disobeys",
        /// What came back makes no sense.
        Garbled = "display-garbled",
    }
);

failures!(
    /// Why a camera cannot be used.
    CameraFailure {
        /// It is not plugged in.
        Absent = "camera-absent",
        /// It may not be opened.
        Denied = "camera-denied",
        /// What is plugged in is no camera.
        NoCamera = "camera-no-camera",
        /// The USB connection has no room for its picture.
        NoBandwidth = "camera-no-bandwidth",
        /// It is there and does not work.
        Broken = "camera-broken",
    }
);

failures!(
    /// Why a lamp, wired button, speakerphone or status panel does not work.
    FittingFailure {
        /// It is not there.
        Absent = "fitting-absent",
        /// It may not be opened.
        Denied = "fitting-denied",
        /// Another program has it.
        Busy = "fitting-busy",
        /// A key is held down all the time.
        Stuck = "fitting-stuck",
        /// It is there and does not work.
        Broken = "fitting-broken",
    }
);

/// Why a device of the room does not do its work, whichever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A camera head.
    Head(HeadFailure),
    /// A display.
    Display(DisplayFailure),
    /// A camera.
    Camera(CameraFailure),
    /// A lamp, wired button, speakerphone or status panel.
    Fitting(FittingFailure),
    /// Firmware of a table button.
    Firmware(FirmwareFailure),
}

impl Cause {
    /// The code that faces, logs and IT use.
    pub fn code(self) -> &'static str {
        match self {
            Cause::Head(why) => why.code(),
            Cause::Display(why) => why.code(),
            Cause::Camera(why) => why.code(),
            Cause::Fitting(why) => why.code(),
            Cause::Firmware(why) => why.code(),
        }
    }
}

failures!(
    /// Why a table button did not get its new firmware.
    FirmwareFailure {
        /// It did not go into its loader, or the loader's disk did not come.
        NoLoader = "firmware-no-loader",
        /// The loader's disk could not be written.
        Disk = "firmware-disk",
        /// It was written, and did not come back or says another version.
        OtherVersion = "firmware-other-version",
        /// Nobody said how it ended.
        NoAnswer = "firmware-no-answer",
    }
);

failures!(
    /// Why a microphone, a loudspeaker or the sound graph cannot be used.
    SoundFailure {
        /// It is not plugged in.
        Absent = "sound-absent",
        /// It may not be opened.
        Denied = "sound-denied",
        /// Another program has it.
        Busy = "sound-busy",
        /// It takes no format that the room can use.
        NoFormat = "sound-no-format",
        /// The sound server does not run.
        ServerGone = "sound-server-gone",
        /// It is there and does not work.
        Broken = "sound-broken",
    }
);

failures!(
    /// What is wrong with what is heard, measured all the time and never stored.
    SoundFinding {
        /// Nothing at all comes from the microphone, not even its own noise.
        Dead = "sound-dead",
        /// It is driven beyond its scale.
        Clipping = "sound-clipping",
        /// The mains is heard.
        Hum = "sound-hum",
        /// The room or the line is noisy.
        Noisy = "sound-noisy",
        /// Somebody speaks and is hardly heard.
        Quiet = "sound-quiet",
        /// The sound is interrupted.
        Dropouts = "sound-dropouts",
        /// One of two channels is silent, or the two cancel each other.
        WrongChannel = "sound-wrong-channel",
        /// What the loudspeaker plays goes back to the others.
        Echo = "sound-echo",
    }
);

failures!(
    /// What is wrong with the room apart from a call that failed.
    FaultCode {
        /// The browser is gone; it is being restarted.
        BrowserGone = "browser-gone",
        /// The microphone does not do what was asked; it counts as not muted.
        MicDisobeys = "mic-disobeys",
        /// The camera does not do what was asked.
        CameraDisobeys = "camera-disobeys",
        /// The conference has another camera than the room's.
        CameraAnother = "camera-another",
        /// The volume does not do what was asked.
        VolumeDisobeys = "volume-disobeys",
        /// Conference, graph and card do not say the same about the microphone; it counts as not muted.
        MicUnclear = "mic-unclear",
        /// Somebody opened the microphone past the room, which closed it again.
        MicForced = "mic-forced",
        /// No microphone can be used.
        MicGone = "mic-gone",
        /// Another microphone than the best one is used.
        MicFallback = "mic-fallback",
        /// No loudspeaker can be used.
        SpeakerGone = "speaker-gone",
        /// Another loudspeaker than the best one is used.
        SpeakerFallback = "speaker-fallback",
        /// The second output cannot be used.
        SecondOutputGone = "second-output-gone",
        /// The sound server does not run.
        SoundServerGone = "sound-server-gone",
        /// The call's page lost the sound server that it began with: it neither hears the room nor is heard in it.
        CallWithoutSound = "call-without-sound",
        /// Making the sound anew took too long.
        SoundResetFailed = "sound-reset-failed",
        /// The room's own canceller is wanted and does not run.
        CancellerGone = "canceller-gone",
        /// Nothing comes from the microphone.
        SoundDead = "sound-dead",
        /// The microphone is driven beyond its scale.
        SoundClipping = "sound-clipping",
        /// The mains is heard.
        SoundHum = "sound-hum",
        /// The room or the line is noisy.
        SoundNoisy = "sound-noisy",
        /// Whoever speaks is hardly heard.
        SoundQuiet = "sound-quiet",
        /// The sound is interrupted.
        SoundDropouts = "sound-dropouts",
        /// A channel is silent or the wrong way round.
        SoundWrongChannel = "sound-wrong-channel",
        /// The others hear themselves.
        SoundEcho = "sound-echo",
        /// The room was proven not to work.
        PreflightFailed = "preflight-failed",
        /// A PTZ head is missing or does not answer.
        HeadGone = "head-gone",
        /// A PTZ head refused or lost a command.
        HeadRefused = "head-refused",
        /// A table button is missing.
        PuckGone = "puck-gone",
        /// A table button is there and speaks another version than the daemon.
        PuckForeign = "puck-foreign",
        /// A table button is given new firmware.
        PuckUpdating = "puck-updating",
        /// A table button could not be given new firmware.
        PuckUpdateFailed = "puck-update-failed",
        /// A display is missing or does not answer.
        DisplayGone = "display-gone",
        /// A display does not do what was asked.
        DisplayRefused = "display-refused",
        /// A camera is missing or cannot be used.
        CameraGone = "camera-gone",
        /// A camera's picture is black, frozen, covered or out of focus.
        CameraPicture = "camera-picture",
        /// A lamp, wired button, speakerphone or status panel does not work.
        FittingGone = "fitting-gone",
        /// A key of the room is held down all the time.
        KeyStuck = "key-stuck",
        /// The calendar could not be read; the last good copy is used.
        CalendarStale = "calendar-stale",
        /// No calendar has been read yet.
        CalendarNever = "calendar-never",
        /// The clock is wrong: nothing is joined by itself.
        ClockWrong = "clock-wrong",
        /// Two meetings want the room at the same time: somebody must choose.
        DoubleBooking = "double-booking",
        /// The main display does not show what it should.
        ScreenDisobeys = "screen-disobeys",
    }
);
