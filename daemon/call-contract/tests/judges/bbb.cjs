// Judges checksums with a public client of BigBlueButton's API: its link must be taken by our server, and for its own
// parameters it must sign as we do.
// node bbb.cjs FOLDER-WITH-NODE-MODULES ADDRESS SECRET OUR-LINK...; prints one JSON value.
const [folder, address, secret, ...ours] = process.argv.slice(2);
const { api, http, util } = require(`${folder}/node_modules/bigbluebutton-js`);
const { createHash } = require("node:crypto");

const server = api(address, secret);
const sums = ours.map((link) => {
  const url = new URL(link);
  const call = url.pathname.split("/").pop();
  const [query, sum] = url.search.slice(1).split("&checksum=");
  const name = { 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512" }[sum.length];
  return createHash(name).update(`${call}${query}${secret}`).digest("hex") === sum;
});
http(server.monitoring.getMeetingInfo("rat")).then((info) => {
  const known = { returncode: info.returncode, createTime: info.createTime };
  const parsed = util.parseXml("<response><returncode>FAILED</returncode><messageKey>notFound</messageKey></response>");
  console.log(JSON.stringify({ known, sums, failed: parsed.messageKey }));
});
