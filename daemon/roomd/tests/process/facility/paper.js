// The text of a PDF as Chromium prints it, for a test that reads what stands on paper. Knows no page.
async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
  const raw = new TextDecoder("latin1").decode(bytes);
  const objects = new Map();
  for (const { 0: whole, 1: number, index } of raw.matchAll(/(?<=^|\s)(\d+) 0 obj[^]*?endobj/g)) {
    const [head] = whole.split("stream", 1);
    const start = index + whole.indexOf("stream") + "stream\n".length;
    const length = Number(/\/Length (\d+)/.exec(head)?.[1] ?? 0);
    objects.set(number, { head, data: bytes.slice(start, start + length) });
  }
  const inflated = async ({ head, data }) => {
    if (!head.includes("/FlateDecode")) return new TextDecoder("latin1").decode(data);
    const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new TextDecoder("latin1").decode(await new Response(stream).arrayBuffer());
  };
  const letters = (hex) => String.fromCharCode(...hex.match(/.{4}/g).map((one) => parseInt(one, 16)));
  const font = async (number) => {
    const glyphs = new Map();
    const named = /\/ToUnicode (\d+) 0 R/.exec(objects.get(number)?.head ?? "")?.[1];
    const table = named ? await inflated(objects.get(named)) : "";
    for (const [, part] of table.matchAll(/beginbfchar([^]*?)endbfchar/g)) {
      for (const [, glyph, hex] of part.matchAll(/<(\w+)> <(\w+)>/g)) glyphs.set(parseInt(glyph, 16), letters(hex));
    }
    for (const [, part] of table.matchAll(/beginbfrange([^]*?)endbfrange/g)) {
      for (const [, from, to, hex] of part.matchAll(/<(\w+)> <(\w+)> <(\w+)>/g)) {
        const first = parseInt(from, 16);
        for (let glyph = first; glyph <= parseInt(to, 16); glyph += 1) {
          glyphs.set(glyph, String.fromCharCode(parseInt(hex, 16) + glyph - first));
        }
      }
    }
    return { glyphs, wide: objects.get(number).head.includes("/Type0") };
  };
  const fonts = new Map();
  for (const [, name, number] of raw.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
    if (!fonts.has(name)) fonts.set(name, await font(number));
  }
  let said = "";
  for (const { head } of objects.values()) {
    const contents = /\/Type ?\/Page\b[^]*?\/Contents (\d+) 0 R/.exec(head)?.[1];
    if (!contents) continue;
    let now = null;
    for (const [, name, hex] of (await inflated(objects.get(contents))).matchAll(/\/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>/g)) {
      if (name) now = fonts.get(name);
      else if (now) for (const glyph of hex.match(now.wide ? /.{4}/g : /../g)) said += now.glyphs.get(parseInt(glyph, 16)) ?? "";
    }
  }
  return said.normalize("NFKC").replace(/\s+/g, "");
}
