// Where a function of a linked image is. Knows as much of ELF (32 bits, least byte first) as that takes.

const SYMBOLS = 2;

export function functionNamed(file, pattern) {
  const table = file.readUInt32LE(32);
  const [size, count] = [file.readUInt16LE(46), file.readUInt16LE(48)];
  const sections = Array.from({ length: count }, (_, n) => {
    const at = table + n * size;
    return { kind: file.readUInt32LE(at + 4), from: file.readUInt32LE(at + 16), bytes: file.readUInt32LE(at + 20), link: file.readUInt32LE(at + 24) };
  });
  const symbols = sections.find(section => section.kind === SYMBOLS);
  const names = sections[symbols.link];
  for (let at = symbols.from; at < symbols.from + symbols.bytes; at += 16) {
    const start = names.from + file.readUInt32LE(at);
    const name = file.toString('latin1', start, file.indexOf(0, start));
    if (pattern.test(name)) return file.readUInt32LE(at + 4) & ~1;
  }
  throw new Error(`the image has no function named like ${pattern}`);
}
