//! One entry of the allow-list: a service alone, or a table that says more of the server. Knows no other part of the file.

use crate::describe::{Docs, KeyDoc, Path, TableDoc};
use crate::problem::Problem;
use crate::profile::{ChecksumChoice, FrontEnd};
use crate::scalars::{FilePath, Slug, choice};
use crate::section::{At, Item, Section, Spot, section};
use crate::tree::{Node, Value};

choice! {
    /// What stands before a conference server.
    enum FrontEndWord: FrontEnd {
        "auto" => FrontEnd::Auto,
        "greenlight-3" => FrontEnd::Greenlight3,
        "greenlight-2" => FrontEnd::Greenlight2,
        "pilos" => FrontEnd::Pilos,
        "bbb-api" => FrontEnd::BbbApi,
        "page" => FrontEnd::Page,
    }

    /// How calls of BigBlueButton's API are signed.
    enum ChecksumWord: ChecksumChoice {
        "by-secret" => ChecksumChoice::BySecret,
        "sha1" => ChecksumChoice::Sha1,
        "sha256" => ChecksumChoice::Sha256,
        "sha384" => ChecksumChoice::Sha384,
        "sha512" => ChecksumChoice::Sha512,
    }
}

section! {
    /// An allowed host about which more is to be said than its service.
    struct HostSection {
        /// The service that runs on this host.
        service: At<Slug>,
        /// What stands before its conferences: with "auto" the room finds out; with "page" nothing is asked and only the page is used.
        front_end: At<FrontEndWord> = "auto",
        /// A file with the shared secret of the BigBlueButton server in its first line, readable to the daemon alone.
        secret_file: Option<At<FilePath>>,
        /// The algorithm that goes with the secret; with "by-secret" its length says which. With `secret_file` only.
        checksum: At<ChecksumWord> = "by-secret",
    }
}

/// An allowed host.
#[derive(Debug)]
pub(crate) struct HostEntry(pub HostSection);

impl Item for HostEntry {
    const KEY: &'static str = "\"HOST\"";

    fn item(node: &Node, spot: Spot, problems: &mut Vec<Problem>) -> Self {
        if let Value::Table(_) = node.value {
            return HostEntry(HostSection::read(Some(node), spot, problems));
        }
        // What was not said has its default, and the service is what stands here alone.
        let service = crate::section::scalar(node, problems);
        let mut ignored = Vec::new();
        let defaults = HostSection::read(None, spot, &mut ignored);
        HostEntry(HostSection {
            service,
            ..defaults
        })
    }

    fn describe_item(_: &Path<'_>, docs: &mut Docs) {
        docs.tables.push(TableDoc {
            path: "hosts".to_owned(),
            doc: "The allow-list: hosts whose conferences the room opens, each with the service pack that joins them. \
                  No other host is ever opened by the room. A key is a host name in quotes, or `*.` and a domain for all hosts below it."
                .to_owned(),
            keys: vec![KeyDoc {
                key: Self::KEY.to_owned(),
                expected: "the slug of a service pack, such as `\"bbb\"` or `\"jitsi\"`, or a table as below".to_owned(),
                default: None,
                doc: "The service that runs on this host.".to_owned(),
            }],
        });
        HostSection::describe(format!("hosts.{}", Self::KEY), docs);
    }
}
