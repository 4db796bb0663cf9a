//! Where answers come from: a person at the terminal or at a page, or a file for scripts. Knows no order of questions.

use super::on_page::OnPage;
use anyhow::{Context, Result, anyhow, bail};
use commission::{Form, Named, Question, Topic};
use commission_page::desk::{Said as Heard, Stop};
use preflight::Language;
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Who answers.
#[derive(Debug)]
pub enum Who {
    /// A person at this terminal.
    Person,
    /// A person with a phone or tablet.
    Page(OnPage),
    /// A file, by the keys of topics.
    File {
        /// Where it is, for messages.
        path: PathBuf,
        /// Its answers.
        answers: BTreeMap<String, String>,
    },
}

/// What came of a question.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// An answer.
    Words(String),
    /// The person names a device on the network.
    Device(Named),
    /// The person asks to be shown.
    Show,
    /// The person wants to be asked in this language.
    Speak(Language),
}

/// An answer that was not taken, and why.
pub type NotTaken = Option<(String, String)>;

/// Why a run ends when its person is gone.
pub const NOBODY: &str = "nobody answers; everything so far is kept, go on with --continue";

impl Who {
    /// A file of answers: `KEY = "…"`, one a line.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, or has a key that no question has.
    pub fn file(path: &Path) -> Result<Who> {
        let place = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {place}"))?;
        let answers: BTreeMap<String, String> = toml::from_str(&text)
            .with_context(|| format!("{place} is no file of answers: write KEY = \"answer\""))?;
        if let Some(key) = answers.keys().find(|key| Topic::parse(key).is_none()) {
            bail!("{place}: no question is called `{key}`; `roomctl commission --help` lists them");
        }
        Ok(Who::File {
            path: path.to_owned(),
            answers,
        })
    }

    /// Whether somebody is there to be told, and to try again.
    pub fn is_person(&self) -> bool {
        matches!(self, Who::Person | Who::Page(_))
    }

    /// The page, where the person is at one.
    pub fn page(&self) -> Option<&OnPage> {
        match self {
            Who::Page(page) => Some(page),
            Who::Person | Who::File { .. } => None,
        }
    }

    /// An answer to a question, after one that was not taken.
    ///
    /// # Errors
    /// When the file has none and nothing is proposed, or the person is gone.
    pub fn answer(&self, question: &Question, before: NotTaken) -> Result<Said> {
        let key = question.topic.to_string();
        match self {
            Who::File { path, answers } => match (answers.get(&key), &question.proposal) {
                (Some(answer), _) => Ok(Said::Words(answer.clone())),
                (None, Some(proposal)) => Ok(Said::Words(proposal.clone())),
                (None, None) => bail!(
                    "{} has no answer for `{key}`: {}",
                    path.display(),
                    question.text
                ),
            },
            Who::Person => {
                if let Some((_, why)) = before {
                    eprintln!("{why}");
                }
                terminal(question)
            }
            Who::Page(page) => match page.ask(question, before) {
                Heard::Words(said) => Ok(Said::Words(said)),
                Heard::Device(named) => Ok(Said::Device(named)),
                Heard::Language(language) => Ok(Said::Speak(language)),
                Heard::Enough | Heard::Nobody => Err(anyhow!(NOBODY).context(Stop::Nobody)),
            },
        }
    }

    /// A secret; `None` when the person leaves it for later.
    ///
    /// # Errors
    /// When there is no way to type it unseen, or the person is gone.
    pub fn secret(&self, what: &str) -> Result<Option<String>> {
        match self {
            Who::Page(page) => match page.desk().secret() {
                Heard::Words(secret) => Ok(Some(secret)),
                Heard::Enough | Heard::Language(_) | Heard::Device(_) => Ok(None),
                Heard::Nobody => Err(anyhow!(NOBODY).context(Stop::Nobody)),
            },
            Who::Person => secret(what).map(Some),
            Who::File { .. } => Ok(None),
        }
    }
}

fn terminal(question: &Question) -> Result<Said> {
    let mut out = std::io::stderr().lock();
    writeln!(out, "\n{}", question.text)?;
    for line in question.hint.lines() {
        writeln!(out, "  {line}")?;
    }
    let choices = match &question.form {
        Form::Choice(choices) => choices.as_slice(),
        Form::Text | Form::MayBeEmpty | Form::YesNo | Form::LeaveOut(_) => &[],
    };
    for (n, choice) in choices.iter().enumerate() {
        writeln!(out, "  {}  {} ({})", n + 1, choice.label, choice.word)?;
    }
    match question.proposal.as_deref() {
        None | Some("") => write!(out, "> ")?,
        Some(proposal) => write!(out, "[{proposal}] > ")?,
    }
    out.flush()?;
    let mut line = String::new();
    if std::io::stdin().lock().read_line(&mut line)? == 0 {
        bail!(NOBODY);
    }
    let said = line.trim();
    if said == "?" {
        return Ok(Said::Show);
    }
    let number = said
        .parse::<usize>()
        .ok()
        .and_then(|n| choices.get(n.checked_sub(1)?));
    Ok(Said::Words(number.map_or_else(
        || said.to_owned(),
        |choice| choice.word.clone(),
    )))
}

/// Asks for a secret without showing it.
fn secret(what: &str) -> Result<String> {
    use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        bail!("there is no terminal to type it at");
    }
    let shown = tcgetattr(&stdin)?;
    let mut hidden = shown.clone();
    hidden.local_flags.remove(LocalFlags::ECHO);
    eprint!("{what} > ");
    std::io::stderr().flush()?;
    tcsetattr(&stdin, SetArg::TCSANOW, &hidden)?;
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    tcsetattr(&stdin, SetArg::TCSANOW, &shown)?;
    eprintln!();
    read?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
