//! The files that baresip starts with. Pure: from what the room's file says to their text; writes nothing, starts nothing.

use crate::engine::{NO_PICTURE, SILENCE};
use room_core::ids::Private;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What carries the signalling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// Encrypted.
    #[default]
    Tls,
    /// In the clear, reliable.
    Tcp,
    /// In the clear.
    Udp,
}

impl Transport {
    /// As SIP names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Transport::Tls => "tls",
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        }
    }
}

/// How sound and picture are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encryption {
    /// SRTP, or no call.
    #[default]
    Required,
    /// SRTP when the far end takes it.
    Offered,
    /// None.
    None,
}

/// The room's account at a SIP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// `user@domain`.
    pub address: String,
    /// Its password.
    pub password: Private,
}

/// A SIP client as the room's file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Where the control line is; always an address of this machine alone.
    pub control: SocketAddr,
    /// The address of its own that the client uses; `None`: all, at a port that the system chooses, so that nobody can
    /// call the room at a known one.
    pub listen: Option<SocketAddr>,
    /// What carries the signalling.
    pub transport: Transport,
    /// How sound and picture are encrypted.
    pub encryption: Encryption,
    /// Whom all calls go through, as `host` or `host:port`.
    pub proxy: Option<String>,
    /// Without one calls are made as a guest.
    pub account: Option<Account>,
    /// The name that guests carry before the `@`; what people read is the display name.
    pub display_name: String,
    /// Authorities that servers' certificates are held against; only clients from version 1.1 on do that.
    pub authorities: PathBuf,
    /// Where baresip's modules are.
    pub modules: PathBuf,
    /// Where sound is played, as `driver,device`.
    pub player: String,
    /// Where pictures are shown, as `driver,device`.
    pub display: String,
    /// Modules beyond the usual ones, for drivers that [`Client::player`], [`Client::display`] or the sources need.
    pub more_modules: Vec<String>,
}

/// What cannot be told to the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// The client's files cannot carry it.
    #[error(
        "the password of the SIP account has a space, a quote, a bracket, a semicolon or a comma"
    )]
    Password,
}

/// A call that nobody takes is given up after this many seconds.
const RINGING_S: u32 = 40;

/// What every room needs: codecs, encryption, the closed sources, the level meter that reads back what is sent.
const MODULES: [&str; 13] = [
    "opus",
    "g722",
    "g711",
    "avcodec",
    "vp8",
    "ausine",
    "avformat",
    "swscale",
    "srtp",
    "dtls_srtp",
    "uuid",
    "vumeter",
    "stun",
];

impl Client {
    /// Names and texts of the files for baresip's folder. The second holds the password and is for its reader alone.
    ///
    /// # Errors
    /// When the account's password cannot be written down.
    pub fn files(&self) -> Result<[(&'static str, String); 3], ClientError> {
        let password = self
            .account
            .as_ref()
            .map(|account| account.password.reveal());
        if password.is_some_and(|password| !password.chars().all(carried)) {
            return Err(ClientError::Password);
        }
        Ok([
            ("config", self.config()),
            ("accounts", self.accounts()),
            ("contacts", String::new()),
        ])
    }

    fn config(&self) -> String {
        let mut text = String::new();
        let mut line = |key: &str, value: &str| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{key} {value}");
        };
        line("poll_method", "epoll");
        if let Some(listen) = self.listen {
            line("sip_listen", &listen.to_string());
        }
        line("sip_cafile", &self.authorities.display().to_string());
        line("sip_verify_server", "yes");
        line("call_local_timeout", &RINGING_S.to_string());
        line("call_max_calls", "1");
        // Dark and silent, whatever happens: without a source of its own baresip takes the first camera it finds.
        line("audio_source", SILENCE);
        line("video_source", NO_PICTURE);
        // The generator of the silence knows no other rate.
        for (key, value) in [("ausrc_srate", "48000"), ("ausrc_channels", "2")] {
            line(key, value);
        }
        line("audio_player", &self.player);
        line("audio_alert", &self.player);
        line("video_display", &self.display);
        line("audio_level", "no");
        line("audio_buffer", "20-160");
        line("video_size", "1280x720");
        line("video_bitrate", "1500000");
        line("video_fps", "25");
        line("rtp_tos", "184");
        line("rtcp_mux", "no");
        line("jitter_buffer_delay", "5-10");
        line("rtp_stats", "no");
        // baresip would end a call in which only the picture stands; the engine judges sound and picture together.
        line("rtp_timeout", "0");
        line("module_path", &self.modules.display().to_string());
        let more = self.more_modules.iter().map(String::as_str);
        for module in MODULES.into_iter().chain(more) {
            line("module", &format!("{module}.so"));
        }
        line("module_tmp", "account.so");
        line("module_app", "menu.so");
        line("module_app", "ctrl_tcp.so");
        line("ctrl_tcp_listen", &self.control.to_string());
        text
    }

    fn accounts(&self) -> String {
        let transport = self.transport.name();
        // A guest's credentials mean nothing, but with none baresip neither answers nor reports a server that asks for some.
        let (address, user, password, every) = match &self.account {
            Some(account) => {
                let user = account.address.split('@').next().unwrap_or_default();
                (
                    account.address.as_str(),
                    user,
                    account.password.reveal(),
                    600,
                )
            }
            None => ("room@roomd.invalid", "guest", "guest", 0),
        };
        let name = plain(&self.display_name);
        let mut line = format!(
            "\"{name}\" <sip:{address};transport={transport}>;regint={every};answermode=manual"
        );
        let mut add = |key: &str, value: &str| {
            let _ = write!(line, ";{key}={value}");
        };
        add("auth_user", &plain(user));
        add("auth_pass", password);
        match self.encryption {
            Encryption::Required => add("mediaenc", "srtp-mand"),
            Encryption::Offered => add("mediaenc", "srtp"),
            Encryption::None => {}
        }
        if let Some(proxy) = &self.proxy {
            add(
                "outbound",
                &format!("\"sip:{};transport={transport}\"", plain(proxy)),
            );
        }
        line.push('\n');
        line
    }
}

/// Whether a password with this character can be read back.
fn carried(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | ';' | ',' | '\\')
}

/// Without what would end a quoted text or a line.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '"' | '\\' | '<' | '>') && !c.is_control())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        Client {
            control: ([127, 0, 0, 1], 4444).into(),
            listen: None,
            transport: Transport::Tls,
            encryption: Encryption::Required,
            proxy: None,
            account: None,
            display_name: "Saal \"2\"\nmodule x.so".to_owned(),
            authorities: "/etc/ssl/certs/ca-certificates.crt".into(),
            modules: "/usr/lib/baresip/modules".into(),
            player: "alsa,default".to_owned(),
            display: "x11,".to_owned(),
            more_modules: vec!["alsa".to_owned()],
        }
    }

    #[test]
    fn a_guest_calls_encrypted_dark_and_silent_and_answers_nobody() {
        let [(_, config), (_, accounts), _] = client().files().unwrap();
        for line in [
            "audio_source ausine,10",
            "video_source avformat,/dev/null/closed",
            "call_max_calls 1",
            "ctrl_tcp_listen 127.0.0.1:4444",
            "module alsa.so",
        ] {
            assert!(config.lines().any(|l| l == line), "{line} in {config}");
        }
        assert!(!config.contains("sip_listen"), "a known port invites calls");
        assert_eq!(
            accounts,
            "\"Saal 2module x.so\" <sip:room@roomd.invalid;transport=tls>;regint=0;answermode=manual;\
             auth_user=guest;auth_pass=guest;mediaenc=srtp-mand\n"
        );
    }

    #[test]
    fn an_account_registers_and_goes_through_its_proxy() {
        let account = |password| Account {
            address: "saal2@sip.example".to_owned(),
            password: Private::new(password),
        };
        let refused = Client {
            account: Some(account("ge;heim")),
            ..client()
        };
        assert_eq!(refused.files(), Err(ClientError::Password));
        let client = Client {
            account: Some(account("geheim")),
            proxy: Some("proxy.example:5061".to_owned()),
            transport: Transport::Tcp,
            encryption: Encryption::None,
            ..client()
        };
        let [_, (_, accounts), _] = client.files().unwrap();
        assert_eq!(
            accounts,
            "\"Saal 2module x.so\" <sip:saal2@sip.example;transport=tcp>;regint=600;answermode=manual;\
             auth_user=saal2;auth_pass=geheim;outbound=\"sip:proxy.example:5061;transport=tcp\"\n"
        );
    }
}
