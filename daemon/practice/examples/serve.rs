//! Serves practice conferences by hand: `cargo run -p practice --example serve -- 127.0.0.1:8088 [STATE_DIR]`.
//! With a state folder it serves over TLS with a certificate of its own and survives its own restart.
//! `raum` is open, `lobby` has a lobby and passcode 1234, host code `host` in both; others open on demand.

use anyhow::Context as _;
use practice::{
    Code, ConferenceConfig, ConferenceId, Config, OnDemand, Practice, ResumeKey, Rules, Transport,
};
use std::net::SocketAddr;
use std::path::PathBuf;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let mut words = std::env::args().skip(1);
    let addr = words.next().unwrap_or_else(|| "127.0.0.1:8088".to_owned());
    let addr: SocketAddr = addr
        .parse()
        .with_context(|| format!("\"{addr}\" is not an address"))?;
    let state = words.next().map(PathBuf::from);
    let key = match &state {
        Some(folder) => {
            std::fs::create_dir_all(folder).context("making the state folder")?;
            ResumeKey::load_or_create(&folder.join("resume.key")).context("reading the key")?
        }
        None => ResumeKey::random(),
    };
    let host_code = Some(Code::new("host")?);
    let open = Rules {
        host_code: host_code.clone(),
        ..Rules::default()
    };
    let guarded = Rules {
        host_code,
        passcode: Some(Code::new("1234")?),
        lobby: true,
        needs_host: true,
    };
    let mut config = Config::new(key);
    config.conferences = vec![
        ConferenceConfig {
            id: ConferenceId::new("raum")?,
            rules: open,
        },
        ConferenceConfig {
            id: ConferenceId::new("lobby")?,
            rules: guarded,
        },
    ];
    config.on_demand = OnDemand::Yes(Rules::default());
    config.revocations = state.as_ref().map(|folder| folder.join("revoked.json"));
    let transport = match &state {
        Some(folder) => {
            let ip = addr.ip().to_string();
            let own = practice::tls::own_certificate(folder, &["localhost", "127.0.0.1", &ip])?;
            config.ca_der = Some(own.ca_der().to_vec());
            Transport::Tls(own.listener_config())
        }
        None => Transport::Plain,
    };
    let scheme = if state.is_some() { "https" } else { "http" };
    let practice = Practice::new(config)?;
    let serving = practice::serve(addr, transport, practice::router(practice.clone()))?;
    println!("{scheme}://{}/practice/raum", serving.addr());
    tokio::signal::ctrl_c().await?;
    practice.end_all();
    serving.stop().await;
    Ok(())
}
