//! The room's own conferences: from the profile to listeners at work, and the room's certificate.
//! Knows the practice crate; the rest of the daemon knows only addresses.

use crate::state_dir::{StateDir, write_whole};
use anyhow::{Context, Result};
use call_browser::policy::Authority;
pub use practice::OwnNames;
use practice::tls::{OwnCertificate, own_certificate};
use practice::{
    Code, ConferenceConfig, ConferenceId, Config, OnDemand, Practice, ResumeKey, Rules, Serving,
    Transport,
};
use room_core::ids::Private;
use room_profile::{Practice as Plan, PracticeConference, Profile};
use std::net::{IpAddr, SocketAddr};

/// Conferences that are being served, until this is dropped.
#[derive(Debug)]
pub struct PracticeRoom {
    /// The address on this machine.
    pub here: SocketAddr,
    /// The address that people in the building type, when it is served to them.
    pub url: Option<String>,
    /// Every `host:port` under which the room itself may open its conferences.
    pub addresses: Vec<String>,
    /// The conferences themselves.
    pub practice: Practice,
    _serving: Vec<Serving>,
}

/// In the state folder: the authority that vouches for the room's own pages, as DER, for whoever writes the policy.
const OWN_AUTHORITY: &str = "room-ca.der";

/// The room's own certificate, made at the first start and kept.
///
/// # Errors
/// When the state folder cannot be used.
pub fn certificate(state: &StateDir, names: &OwnNames) -> Result<OwnCertificate> {
    let all = names.all();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let own = own_certificate(state.path(), &all).context("cannot make the room's certificate")?;
    write_whole(&state.file(OWN_AUTHORITY), own.ca_der())
        .context("cannot keep the room's authority")?;
    Ok(own)
}

/// The authority that vouches for the room's own pages in the building, once the daemon has made it; trusted for this
/// machine's names and address and for nothing else.
pub fn known_authority(profile: &Profile, names: &OwnNames) -> Option<Authority> {
    let der = std::fs::read(profile.state_dir.join(OWN_AUTHORITY)).ok()?;
    let bits = |ip: &IpAddr| if ip.is_ipv4() { 32 } else { 128 };
    let network = names.address.map(|ip| format!("{ip}/{}", bits(&ip)));
    let names = names
        .all()
        .into_iter()
        .filter(|name| name.parse::<IpAddr>().is_err());
    Some(Authority {
        der,
        names: names.collect(),
        networks: network.into_iter().collect(),
    })
}

/// Opens the conferences and serves them from now on.
///
/// # Errors
/// When a code or address cannot be used, or the state folder cannot.
pub fn open(
    plan: &Plan,
    state: &StateDir,
    lan: Option<(OwnCertificate, &OwnNames)>,
) -> Result<PracticeRoom> {
    let key = ResumeKey::load_or_create(&state.file("practice.key"))
        .context("cannot keep the key of the practice conferences")?;
    let mut config = Config::new(key);
    config.revocations = Some(state.file("practice.revoked.json"));
    config.conferences = plan
        .conferences
        .iter()
        .map(conference)
        .collect::<Result<_>>()?;
    config.ca_der = lan
        .as_ref()
        .map(|(certificate, _)| certificate.ca_der().to_vec());
    if plan.on_demand {
        config.on_demand = OnDemand::Yes(Rules::default());
    }
    let practice = Practice::new(config)?;
    let loopback = practice::serve(
        plan.listen,
        Transport::Plain,
        practice::router(practice.clone()),
    )?;
    let (here, mut serving, mut url) = (loopback.addr(), vec![loopback], None);
    let mut addresses = vec![here.to_string(), format!("localhost:{}", here.port())];
    if let (Some(addr), Some((certificate, names))) = (plan.lan, lan) {
        let listener = practice::serve(
            addr,
            Transport::Tls(certificate.listener_config()),
            practice::router(practice.clone()),
        )?;
        let port = listener.addr().port();
        url = Some(names.url("https", port));
        addresses.extend(names.at(port));
        serving.push(listener);
    }
    Ok(PracticeRoom {
        here,
        url,
        addresses,
        practice,
        _serving: serving,
    })
}

fn conference(plan: &PracticeConference) -> Result<ConferenceConfig> {
    let doing = || format!("practice conference `{}`", plan.id);
    let code = |code: &Option<Private>| {
        code.as_ref()
            .map(|code| Code::new(code.reveal()))
            .transpose()
    };
    Ok(ConferenceConfig {
        id: ConferenceId::new(&*plan.id).with_context(doing)?,
        rules: Rules {
            passcode: code(&plan.passcode).with_context(doing)?,
            host_code: code(&plan.host_code).with_context(doing)?,
            lobby: plan.lobby,
            needs_host: plan.needs_host,
        },
    })
}
