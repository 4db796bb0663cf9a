//! The servers' words to each other as messages of NATS that nobody keeps. A server that has died has no subscription any more, so
//! that a question to it is answered at once: nobody is there.

use super::super::{Bus, Doing, NoAnswer, NodeId, Question, StoreError};
use super::Core;
use async_nats::client::RequestErrorKind;
use async_nats::{Request, Subscriber};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

const BEATS: &str = "fleet.node.beat";
const WAITING: usize = 256;

fn questions(node: &NodeId) -> String {
    format!("fleet.node.ask.{node}")
}

async fn subscribe(core: &Core, subject: String) -> Result<Subscriber, StoreError> {
    let subscribed = core.client.subscribe(subject).await;
    subscribed.map_err(|error| StoreError::Broken(error.to_string()))
}

/// A server's side of the bus.
pub(super) struct NatsBus(pub Arc<Core>);

impl Bus for NatsBus {
    fn beat(&self, node: &NodeId) -> BoxFuture<'static, ()> {
        let (core, node) = (Arc::clone(&self.0), node.clone());
        Box::pin(async move {
            if let Ok(sealed) = core.seal.close(BEATS, node.as_str().as_bytes()) {
                // The next one comes soon.
                let _ = core.client.publish(BEATS, sealed.into()).await;
            }
        })
    }

    fn beats(&self) -> Doing<mpsc::Receiver<NodeId>> {
        let core = Arc::clone(&self.0);
        Box::pin(async move {
            let mut heard = subscribe(&core, BEATS.to_owned()).await?;
            let (to, beats) = mpsc::channel(WAITING);
            tokio::spawn(async move {
                while let Some(message) = heard.next().await {
                    let said = core.seal.open(BEATS, &message.payload).ok();
                    let said = said.and_then(|said| String::from_utf8(said).ok());
                    if let Some(node) = said.and_then(|said| NodeId::of(&said))
                        && to.send(node).await.is_err()
                    {
                        return;
                    }
                }
            });
            Ok(beats)
        })
    }

    fn ask(
        &self,
        node: &NodeId,
        question: Vec<u8>,
        within: Duration,
    ) -> BoxFuture<'static, Result<Vec<u8>, NoAnswer>> {
        let (core, subject) = (Arc::clone(&self.0), questions(node));
        Box::pin(async move {
            let sealed = core.seal.close(&subject, &question);
            let sealed = sealed.map_err(|_| NoAnswer::Late)?;
            let request = Request::new().payload(sealed.into()).timeout(Some(within));
            match core.client.send_request(subject.clone(), request).await {
                Ok(answer) => {
                    let opened = core.seal.open(&answer_to(&subject), &answer.payload);
                    opened.map_err(|_| NoAnswer::Late)
                }
                Err(error) if error.kind() == RequestErrorKind::NoResponders => Err(NoAnswer::Gone),
                Err(_) => Err(NoAnswer::Late),
            }
        })
    }

    fn serve(&self, node: &NodeId) -> Doing<mpsc::Receiver<Question>> {
        let (core, subject) = (Arc::clone(&self.0), questions(node));
        Box::pin(async move {
            let mut heard = subscribe(&core, subject.clone()).await?;
            let (to, asked) = mpsc::channel(WAITING);
            tokio::spawn(async move {
                while let Some(message) = heard.next().await {
                    let (Some(reply), Ok(asked)) = (
                        message.reply.clone(),
                        core.seal.open(&subject, &message.payload),
                    ) else {
                        continue;
                    };
                    let (core, place) = (Arc::clone(&core), answer_to(&subject));
                    let question = Question::new(asked, move |answer| {
                        tokio::spawn(async move {
                            if let Ok(sealed) = core.seal.close(&place, &answer) {
                                // Who asked asks again.
                                let _ = core.client.publish(reply, sealed.into()).await;
                            }
                        });
                    });
                    if to.send(question).await.is_err() {
                        return;
                    }
                }
            });
            Ok(asked)
        })
    }
}

fn answer_to(subject: &str) -> String {
    format!("{subject}?")
}
