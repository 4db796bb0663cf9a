// A picture file of what a display shows (PNG, 8 bits a colour, no filter). Knows sizes and pixels only.

import * as zlib from 'node:zlib';

export function png(screen) {
  const rows = Buffer.alloc(screen.height * (1 + 3 * screen.width));
  for (let y = 0, at = 0; y < screen.height; y++) {
    rows[at++] = 0;
    for (let x = 0; x < screen.width; x++) for (const part of screen.pixel(x, y)) rows[at++] = part;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(screen.width, 0);
  head.writeUInt32BE(screen.height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', zlib.deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  frame.set(body, 4);
  frame.writeUInt32BE(crcOf(body), body.length + 4);
  return frame;
}

// Older versions of node have no crc32 of their own.
function crcOf(bytes) {
  if (zlib.crc32) return zlib.crc32(bytes);
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let n = 0; n < 8; n++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
