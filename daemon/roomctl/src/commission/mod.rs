//! `roomctl commission`: from a box with cables to a proven room with a report in hand. Owns words, files and exit codes; what
//! is asked and tried in which order is the crate's of that name.

mod ask;
mod call;
mod edid;
mod find;
pub(crate) mod keep;
mod network;
mod on_page;
mod pictures;
mod place;
mod prove;
mod screens;
mod sounds;

pub(crate) use find::facts;
pub(crate) use place::Place;
pub(crate) use prove::Tools;

use crate::client::{Client, NoDaemon};
use crate::preflight::{Spoken, in_call};
use crate::{in_runtime, print};
use anyhow::{Context, Result, bail};
use ask::{Said, Who};
use chrono::{DateTime, Local, TimeZone};
use clap::Args;
use commission::report::Report;
use commission::{Interview, Next, Proof, Proven, Question, Record, State, Template, Topic};
use commission_page::Screen;
use commission_page::desk::{Said as Heard, Stop};
use keep::Keeper;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use on_page::OnPage;
use preflight::Language;
use std::fmt::Display;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

const HELP: &str = "\
Finds every device of this machine, proposes what each is for, asks what only a person knows, proves each thing, writes the
room's file with comments, lets the daemon take it up without a restart, and leaves the installation's report.

Examples:
  sudo roomctl commission                    ask at this terminal
  sudo roomctl commission --page             ask on a phone or tablet in the room's network: the room's display shows
                                             address and code; an interrupted run goes on by itself
  sudo roomctl commission --continue         go on where it was interrupted
  sudo roomctl commission --trial-call --page
                                             the trial call alone, when it was left for later
  sudo roomctl commission --template saal-1.json --report saal-2.html --pdf saal-2.pdf
                                             a second kit of the same type: only what differs is asked
  sudo roomctl commission --answers answers.toml
                                             by script
  sudo roomctl commission --try tcp://10.0.0.7 --display tcp://192.0.2.20=samsung-signage
                                             a camera and a display on the network

At each question Enter takes what stands in brackets. Everything is kept after each step, so an interruption loses nothing.
A room that runs holds its devices: `systemctl stop roomd` first. An existing room's file is copied before it is replaced.
What is found is kept in record.json in the folder of --state: it is the template of other rooms, and what `roomctl doctor`
compares with.

The page is served in the local network alone, with the room's own certificate: the first time a browser warns, since nobody
else vouches for it. The code stands on the room's display and nowhere else; where there is no such display, at this terminal.
At the end the room holds a practice conference with a second device: a person there and a person in the room open microphone
and camera, and the report says what was seen and heard. Without a daemon that runs, that stays open.

A file of answers has one line KEY = \"answer\" for each question; what is left out takes what is proposed. Keys: name, help,
join, hosts, calendar, calendar-user, front, main, loudspeaker, microphone, roles, fittings, presets-ROLE, aimed-ROLE-NUMBER, lamp-seen-ROLE,
display-seen-ROLE. The calendar's password stands in the first line of /etc/roomd/secrets/calendar, never in an answer.

Exit code 0: done, also with open points; the report names them. 1: it could not be finished.";

/// Finds, asks, proves and describes a room.
#[derive(Args)]
#[command(long_about = HELP)]
pub struct CommissionArgs {
    /// Take answers from this file instead of a person.
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Ask on a phone or tablet, at this address of the machine.
    #[arg(long, value_name = "ADDRESS:PORT", num_args = 0..=1, default_missing_value = "0.0.0.0:8443", conflicts_with = "answers")]
    page: Option<SocketAddr>,
    /// The record of a room of the same kit.
    #[arg(long, value_name = "record.json")]
    template: Option<PathBuf>,
    /// Go on where an earlier run was interrupted.
    #[arg(long = "continue", conflicts_with_all = ["anew", "template"])]
    go_on: bool,
    /// Hold the trial call of a finished run, again or for the first time, and write the report anew.
    #[arg(long, conflicts_with_all = ["anew", "template", "answers"])]
    trial_call: bool,
    /// Forget an earlier run.
    #[arg(long)]
    anew: bool,
    /// Also write the report here; without it, it stands beside the record.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// Print the report by the installed Chromium.
    #[arg(long, value_name = "FILE.pdf")]
    pdf: Option<PathBuf>,
    /// The language of room, questions and report; without it, that of this terminal.
    #[arg(long, value_enum)]
    language: Option<Spoken>,
    /// Prove nothing that needs a person beside the devices; it stays an open point.
    #[arg(long)]
    no_person: bool,
    #[command(flatten)]
    place: Place,
}

/// Runs it.
///
/// # Errors
/// What stands in the way, and what to do; everything so far is kept.
pub fn run(client: &Client, args: CommissionArgs) -> Result<()> {
    if in_call(client) {
        bail!("the room is in a call; commission it when it is free");
    }
    let keeper = Keeper::open(args.place.state.clone())?;
    let earlier = earlier(&keeper, &args)?;
    let template = args.template.as_deref().map(template).transpose()?;
    let who = match (&args.answers, args.page) {
        (Some(file), _) => Who::file(file)?,
        (None, Some(at)) => Who::Page(OnPage::open(at, &args.place, client)?),
        (None, None) => Who::Person,
    };
    let mut working = Working {
        who,
        keeper,
        args,
        since: Instant::now(),
    };
    in_runtime(async {
        let done = working.whole(earlier, template, client).await;
        if let (Err(error), Some(page)) = (&done, working.who.page()) {
            page.stopped(error);
        }
        done
    })
}

fn earlier(keeper: &Keeper, args: &CommissionArgs) -> Result<Option<State>> {
    if args.anew {
        return Ok(None);
    }
    let earlier = keeper.state()?;
    if args.trial_call {
        let written = earlier.filter(|state| state.written);
        return written.map(Some).with_context(|| {
            let place = args.place.state.display();
            format!("no room was commissioned in {place} yet; begin without --trial-call")
        });
    }
    if args.page.is_some() {
        // Whoever stands there with a phone has no command line to say it.
        return Ok(earlier.filter(|state| !state.written || !keeper.file("record.json").exists()));
    }
    match earlier {
        Some(state) if !state.written && !args.go_on => bail!(
            "an interrupted commissioning lies in {}: go on with --continue, or forget it with --anew",
            args.place.state.display()
        ),
        // A finished one is history.
        Some(state) => Ok(args.go_on.then_some(state)),
        None => Ok(None),
    }
}

fn template(file: &Path) -> Result<Template> {
    Ok(keep::read_record(file)?.template())
}

/// The language that was asked for, else that of this terminal.
pub(crate) fn language(spoken: Option<Spoken>) -> Language {
    match spoken {
        Some(Spoken::De) => Language::De,
        Some(Spoken::En) => Language::En,
        None => {
            let variables = ["LC_ALL", "LC_MESSAGES", "LANG"];
            let set = variables.iter().filter_map(|name| std::env::var(name).ok());
            let first = set.into_iter().find(|value| !value.is_empty());
            match first.is_some_and(|value| value.starts_with("de")) {
                true => Language::De,
                false => Language::En,
            }
        }
    }
}

struct Working {
    who: Who,
    keeper: Keeper,
    args: CommissionArgs,
    since: Instant,
}

impl Working {
    async fn whole(
        &mut self,
        earlier: Option<State>,
        template: Option<Template>,
        client: &Client,
    ) -> Result<()> {
        let mut interview = self.begin(earlier, template).await?;
        self.work(&mut interview, client).await?;
        self.finish(&mut interview)
    }

    async fn begin(&self, earlier: Option<State>, template: Option<Template>) -> Result<Interview> {
        // A run that goes on speaks as it spoke.
        if let (Some(page), Some(state)) = (self.who.page(), &earlier) {
            page.desk().speak(state.language());
        }
        if self.args.trial_call
            && let Some(state) = earlier
        {
            let mut interview = Interview::new(state, self.args.place.files().around("")?)?;
            interview.again(&Proof::Call);
            return Ok(interview);
        }
        eprintln!("looking at what is plugged in ...");
        let named = earlier.as_ref().map_or(&[][..], |state| &state.named);
        let named = self.args.place.named()?.and(named);
        let facts = facts(&named).await.context(Stop::NotLooked)?;
        let known = self.args.place.files().around("")?;
        let begun = earlier.is_some();
        let state = earlier
            .unwrap_or_else(|| State::new(language(self.args.language), facts.clone(), template));
        let mut interview = Interview::new(state, known)?;
        if begun {
            interview.found(facts);
        }
        let code = &interview.state().facts.code;
        if !code.is_empty() {
            eprintln!("this machine is {code}; until it has a room, its display shows the same");
        }
        Ok(interview)
    }

    async fn work(&mut self, interview: &mut Interview, client: &Client) -> Result<()> {
        loop {
            if let Some(page) = self.who.page() {
                if let Some(language) = page.desk().language() {
                    interview.speak(language);
                }
                page.follow(interview);
            }
            match interview.next() {
                Next::Ask(question) => self.ask(interview, &question).await?,
                Next::Prove(proof) => self.prove(interview, &proof, client).await?,
                Next::Write(text) => {
                    self.write(&text, client).context(Stop::NotWritten)?;
                    interview.written();
                }
                Next::Finished => return Ok(()),
            }
            interview.spent(self.since.elapsed().as_secs());
            self.since += std::time::Duration::from_secs(self.since.elapsed().as_secs());
            self.keeper.keep(interview.state()).context(Stop::NotKept)?;
        }
    }

    async fn ask(&self, interview: &mut Interview, question: &Question) -> Result<()> {
        let mut before = None;
        loop {
            let said = match self.who.answer(question, before.take())? {
                Said::Words(said) => said,
                Said::Show => {
                    show(interview, question);
                    continue;
                }
                Said::Device(named) => return self.look_for(interview, named).await,
                // It comes next again, in other words.
                Said::Speak(_) => return Ok(()),
            };
            match interview.answer(&question.topic, &said) {
                Ok(()) => break,
                Err(refused) if self.who.is_person() => before = Some((said, refused.to_string())),
                Err(refused) => bail!("the answer to `{}` is not taken: {refused}", question.topic),
            }
        }
        if question.topic == Topic::CalendarUser
            && interview.state().answer(&Topic::CalendarUser) != Some("")
        {
            self.password()?;
        }
        Ok(())
    }

    /// A password that cannot be kept now is an open point of the calendar's proof.
    fn password(&self) -> Result<()> {
        let file = Path::new(commission::CALENDAR_SECRET);
        if file.exists() || !self.who.is_person() {
            return Ok(());
        }
        let Some(secret) = self.who.secret("password")? else {
            return Ok(());
        };
        let kept = (|| {
            let folder = file.parent().context("it has no folder")?;
            std::fs::create_dir_all(folder)?;
            keep::replace(file, format!("{secret}\n").as_bytes(), 0o640)
        })();
        if let Err(error) = kept {
            eprintln!("roomctl: the password is not kept: {error:#}");
        }
        Ok(())
    }

    async fn prove(&self, interview: &mut Interview, proof: &Proof, client: &Client) -> Result<()> {
        let language = interview.language();
        let please = proof.please(language);
        if please.is_some() && self.args.no_person {
            interview.proven(Proven::left(proof.clone(), commission::Left::Person));
            return Ok(());
        }
        if let Some(page) = self.who.page() {
            page.desk().show(Screen::Prove(proof.clone()));
        }
        eprintln!("{} ...", please.unwrap_or_else(|| proof.title(language)));
        let files = self.args.place.files();
        let tools = Tools {
            keeper: &self.keeper,
            files: &files,
            microphones: &self.args.place.microphone,
            loudspeakers: &self.args.place.loudspeaker,
            baseline: None,
        };
        let proven = match interview.profile() {
            _ if *proof == Proof::Call => call::prove(&self.who, client).await,
            Some(profile) => tools.prove(proof, interview, &profile).await,
            None => Proven::left(proof.clone(), commission::Left::NothingThere),
        };
        match proven.verdict() {
            Some(verdict) => eprintln!("  {}", verdict.title(language)),
            None => eprintln!(
                "  {}",
                proven
                    .left
                    .map_or_else(String::new, |why| why.sentence(language))
            ),
        }
        for finding in &proven.findings {
            eprintln!(
                "  {} ({})\n  {}",
                finding.sentence(language),
                finding.code(),
                finding.suggestion(language)
            );
        }
        if !proven.findings.is_empty() {
            eprintln!("  {}", crate::explain::HINT);
        }
        interview.proven(proven);
        Ok(())
    }

    fn write(&self, text: &str, client: &Client) -> Result<()> {
        if let Some(page) = self.who.page() {
            page.desk().show(Screen::Writing);
        }
        let room = &self.args.place.room;
        if let Some(copy) = keep::write_room(room, text)? {
            eprintln!("the file that was there is now {}", copy.display());
        }
        eprintln!("{} is written", room.display());
        match client.process() {
            Ok(process) => {
                let told = kill(Pid::from_raw(process), Signal::SIGHUP);
                told.context("the daemon cannot be told; `systemctl reload roomd` does it")?;
                eprintln!(
                    "the daemon takes it up; its log says what only `systemctl restart roomd` changes"
                );
            }
            Err(error) if error.is::<NoDaemon>() => {
                eprintln!("the daemon does not run: `systemctl start roomd` starts the room");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn finish(&self, interview: &mut Interview) -> Result<()> {
        let at = chrono::Utc::now();
        let record = interview.record(at.timestamp());
        self.keeper.record(&record)?;
        let own = self.keeper.file("report.html");
        let (page, open) = report(&record, interview, &self.keeper);
        keep::replace(&own, page.as_bytes(), 0o600)?;
        let shown = self.args.report.as_ref().unwrap_or(&own);
        if let Some(file) = &self.args.report {
            keep::replace(file, page.as_bytes(), 0o644)?;
        }
        if let Some(pdf) = &self.args.pdf {
            eprintln!("printing ...");
            keep::pdf(&own, pdf)?;
        }
        print(&format!(
            "{}: {} answers, {} checks, {open} open points, {}:{:02} min\nreport: {}",
            record.room,
            record.given,
            record.proofs.len(),
            record.took / 60,
            record.took % 60,
            shown.display()
        ))?;
        if let Some(on_page) = self.who.page() {
            self.show_end(on_page, interview, &record);
        }
        Ok(())
    }

    /// The report, in either language, until somebody has seen it.
    fn show_end(&self, on_page: &OnPage, interview: &mut Interview, record: &Record) {
        let desk = on_page.desk();
        loop {
            on_page.follow(interview);
            let (page, open) = report(record, interview, &self.keeper);
            desk.report(page);
            let room = record.room.clone();
            desk.show(Screen::Finished { room, open });
            desk.redraw();
            match desk.wait() {
                Heard::Language(language) => interview.speak(language),
                Heard::Words(_) | Heard::Device(_) => {}
                Heard::Enough | Heard::Nobody => return on_page.forget(),
            }
        }
    }
}

/// Shows what helps to answer.
fn show(interview: &Interview, question: &Question) {
    let commission::Form::Choice(choices) = &question.form else {
        return eprintln!("{}", question.hint);
    };
    let devices = choices.iter().filter(|choice| choice.is_device());
    let keys: Vec<String> = devices.map(|choice| choice.word.clone()).collect();
    match question.topic {
        Topic::Front => {}
        Topic::Loudspeaker => return sounds::play_each(&interview.state().facts, choices),
        Topic::Microphone => return sounds::hear_each(&interview.state().facts, choices),
        _ => return eprintln!("{}", question.hint),
    }
    eprintln!("wave now ...");
    match find::waving(&interview.state().facts, &keys) {
        Ok(key) => eprintln!("most moves before {key}"),
        Err(error) => eprintln!("roomctl: {error:#}"),
    }
}

/// When something was, as people write it.
pub(crate) fn when(at: i64, language: Language) -> String {
    when_at(at, &Local, language)
}

fn when_at<Z: TimeZone<Offset: Display>>(at: i64, zone: &Z, language: Language) -> String {
    let there = DateTime::from_timestamp(at, 0)
        .unwrap_or_default()
        .with_timezone(zone);
    let text = match language {
        Language::De => there.format("%d.%m.%Y, %H:%M Uhr"),
        Language::En => there.format("%-d %B %Y, %H:%M"),
    };
    text.to_string()
}

/// The report's page, and how many points it leaves open.
fn report(record: &Record, interview: &Interview, keeper: &Keeper) -> (String, usize) {
    let language = interview.language();
    // The room's display beside it shows the room's time, wherever the machine believes to be.
    let when = match interview.profile() {
        Some(profile) => when_at(record.at, &profile.zone, language),
        None => when(record.at, language),
    };
    let report = Report {
        record,
        when: &when,
        language,
        pictures: &keeper.pictures(record),
    };
    (report.html(), report.open_points())
}
