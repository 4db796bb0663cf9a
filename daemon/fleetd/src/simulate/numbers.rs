//! The story of numbers: what rooms cost at rest, how soon they are back, told and set, what pages take beside them, and what their lines
//! carry. Measures; what is too much is said where the figures are compared.

use super::SimulateError;
use super::gauge::Gauge;
use super::lines;
use super::outcome::round;
use super::play::Run;
use super::traffic::{commands, pages};
use reqwest::Method;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::Instant;

/// For so long rooms are watched while nothing is done to them.
const WATCHED: Duration = Duration::from_secs(60);
const COMMANDS: Duration = Duration::from_secs(10);

impl<P: FnMut(String)> Run<P> {
    pub fn watched(&mut self, name: &str) {
        let Some(gauge) = self.wanted.watch.map(Gauge) else {
            return;
        };
        if let Ok((now, most)) = gauge.memory() {
            let said = json!({ "memory_mb": now / 1024, "memory_at_most_mb": most / 1024 });
            self.outcome.put(name, said);
        }
    }

    pub async fn numbers(&mut self) -> Result<(), SimulateError> {
        let gauge = self.wanted.watch.map(Gauge);
        let lasts = self.wanted.lasts.map_or(WATCHED, Duration::from_secs);
        let mark = gauge.and_then(|gauge| gauge.mark().ok());
        self.go_on(Some(lasts)).await;
        self.watched("server_steady");
        if let (Some(gauge), Some(mark)) = (gauge, mark) {
            let percent = gauge.percent(mark)?;
            self.outcome
                .put("server_core_percent_steady", json!(round(percent)));
        }
        self.storm().await;
        let rooms = self.stage.rooms.iter();
        let rooms = Arc::new(rooms.map(|room| room.id.clone()).collect());
        let told = commands(&self.stage.api, rooms, (self.wanted.commands, COMMANDS)).await?;
        self.outcome.put("commands", told.figures);
        if told.failed > 0 {
            self.outcome
                .failed(format!("{} commands came to nothing", told.failed));
        }
        self.settings().await?;
        self.pages().await?;
        self.lines().await
    }

    /// The pages that people have open all day, while every room is connected.
    async fn pages(&mut self) -> Result<(), SimulateError> {
        let Some(file) = &self.wanted.cookie else {
            return Ok(());
        };
        let cookie = std::fs::read_to_string(file)?;
        let figures = pages(&self.stage.api, cookie.trim()).await?;
        self.outcome.put("pages", figures);
        Ok(())
    }

    /// What lines carry, beside a server that only echoes. No room lives after that.
    async fn lines(&mut self) -> Result<(), SimulateError> {
        let Some(echo) = self.wanted.echo.clone() else {
            return Ok(());
        };
        self.stage.end().await;
        let fleet = self.wanted.watch.map(Gauge);
        let figures = lines::compare(self.stage.diallers(), (&echo, fleet)).await?;
        self.outcome.put("lines", figures);
        Ok(())
    }

    /// One setting for all rooms, from the question until the last room has answered.
    async fn settings(&mut self) -> Result<(), SimulateError> {
        let api = self.stage.api.clone();
        let levels = api.get("/api/v1/settings").await?;
        let all = levels["levels"].as_array();
        let all = all.and_then(|levels| levels.iter().find(|level| level["level"] == "all"));
        let over = all.map_or(json!(0), |level| level["writing"].clone());
        let text = format!("[help]\nphone = \"47 11 {over}\"");
        let tally = Arc::clone(&self.stage.world.tally);
        let honest = self.stage.honest() as u64;
        let before = tally.settled.load(Ordering::Relaxed);
        let began = Instant::now();
        let body = json!({ "level": "all", "text": text, "over": over });
        api.ask(Method::PUT, "/api/v1/settings", Some(&body))
            .await?;
        let written = round(began.elapsed().as_secs_f64());
        let done = self.until(|_| tally.settled.load(Ordering::Relaxed) >= before + honest);
        let done = done.await;
        let settled = tally.settled.load(Ordering::Relaxed) - before;
        let seconds = round(began.elapsed().as_secs_f64());
        let said = json!({ "rooms": settled, "written_s": written, "seconds": seconds });
        self.outcome.put("settings", said);
        if !done {
            self.outcome
                .failed(format!("{settled} of {honest} rooms took the setting"));
        }
        Ok(())
    }
}
