// The rig: one chip with keys, ring, display and a USB host, driven by lines of JSON; answers are lines of JSON.
// Usage: node rig.mjs FOLDER_OF_RP2040JS IMAGE.uf2 IMAGE.elf [--paced] [--effort N] [--display tft] [--line uart] [--rate R] [--serial HEX]
//
// Orders: {"key","down","bounce":[us,...]}, {"send":HEX}, {"speed":BAUD}, {"open":BOOL}, {"run":MICROSECONDS},
// {"plug":BOOL}, {"stall":BOOL}, {"panic":TEXT}, {"screen":true}. Times in answers are nanoseconds since power was given.
// --rate is how much of its own time passes for the chip in a second of everybody's: what it says is told in everybody's.
// --effort makes a slow machine of this one: a second of the chip's takes at least so many of everybody's.
// Without --paced nothing moves but by "run", so a test's result does not depend on the machine's load.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Chip, blocks, parts } from './chip.mjs';
import { Host } from './usb.mjs';
import { Wires } from './uart.mjs';
import { Oled, Tft } from './screen.mjs';
import { Ring } from './ring.mjs';
import { png } from './png.mjs';
import { functionNamed } from './elf.mjs';

const PINS = { main: 14, mute: 15, ring: 16, tft: { command: 8, select: 9, light: 13 }, uart: { tx: 0, rx: 1 } };
// Events are looked for this often, in nanoseconds of the chip's time.
const SLICE = 100e3;
// A turn at the chip lasts so long of everybody's time, in milliseconds.
const TURN = 5;

const args = process.argv.slice(2);
const option = name => args.includes(`--${name}`);
const value = name => args[args.indexOf(`--${name}`) + 1];
const lib = parts(args[0]);
const image = blocks(readFileSync(args[1]));
const serial = Buffer.from(option('serial') ? value('serial') : 'e661410403112233', 'hex');

const rate = option('rate') ? Number(value('rate')) : 1;
const effort = option('effort') ? Number(value('effort')) : 0;

let chip, host, screen, ring, time = 0;
const say = what => process.stdout.write(`${JSON.stringify({ at: Math.round(time), ...what })}\n`);

// Times that the parts around the chip measure are the chip's own.
function told(what) {
  const times = Object.entries(what).filter(([name]) => ['at', 'from', 'to'].includes(name));
  return { ...what, ...Object.fromEntries(times.map(([name, nanos]) => [name, Math.round(nanos / rate)])) };
}

function power(before) {
  chip = new Chip(lib, image, serial, before);
  time = chip.now / rate;
  const said = what => { time = chip.now / rate; say(told(what)); };
  for (const key of [PINS.main, PINS.mute]) chip.pin(key).setInputValue(true);
  ring = new Ring(chip, PINS.ring, said);
  screen = value('display') === 'tft' ? new Tft(chip, chip.rp.spi[1], PINS.tft, said) : new Oled(chip, chip.rp.i2c[0], said);
  host = value('line') === 'uart' ? new Wires(chip, chip.rp.uart[0], PINS.uart, rate, said) : new Host(chip, said);
}

function runTo(until) {
  // Compared in the chip's own time: a quotient of its end may round to a moment before that, from which nothing leads on.
  const end = until * rate;
  while (chip && chip.now < end) {
    const [began, from] = [performance.now(), time];
    chip.run(Math.min(chip.now + SLICE, end));
    time = chip.now / rate;
    ring.settle();
    screen.settle();
    while ((performance.now() - began) * 1e6 < effort * (time - from));
    if (chip.loader) {
      say({ ev: 'loader' });
      chip = null;
    } else if (chip.resetting) {
      say({ ev: 'reset', why: chip.watchdog.reason === 1 ? 'timer' : 'forced' });
      power(chip);
    }
  }
  time = Math.max(time, until);
}

function press({ key, down, bounce = [] }) {
  const pin = chip.pin(PINS[key]);
  let level = !down;
  let after = 0;
  pin.setInputValue(level);
  for (const pause of bounce) {
    after += pause * 1000 * rate;
    const next = level;
    chip.after(after, () => pin.setInputValue(!next));
    level = !level;
  }
  if (level !== !down) chip.after(after + 100e3, () => pin.setInputValue(!down));
  say({ ev: 'edge', key, down });
}

// As if the program had met a broken promise of its own: enters the panic with this text.
function panic({ panic: text }) {
  const { core } = chip.rp;
  const [place, file, words] = [0x20030000, 0x20030100, 0x20030200];
  const write = (at, string) => [...Buffer.from(string)].forEach((byte, n) => chip.rp.writeUint8(at + n, byte));
  write(file, 'rig.rs');
  write(words, text);
  [file, 6, 1, 1].forEach((word, n) => chip.rp.writeUint32(place + 4 * n, word));
  core.registers[0] = words;
  core.registers[1] = Buffer.from(text).length;
  core.registers[2] = place;
  core.waiting = false;
  core.PC = functionNamed(readFileSync(args[2]), /4core9panicking5panic(17h[0-9a-f]{16}E)?$/);
}

function obey(order) {
  if ('run' in order) {
    runTo(time + order.run * 1000);
    return say({ ev: 'ran' });
  }
  if ('plug' in order) return order.plug ? power() : void (chip = null);
  if (!chip) return say({ ev: 'off' });
  if ('key' in order) return press(order);
  if ('send' in order) return host.send(Buffer.from(order.send, 'hex'));
  if ('speed' in order) return host.setSpeed(order.speed);
  if ('open' in order) return host.setOpen(order.open);
  if ('stall' in order) return void (chip.stalled = order.stall);
  if ('panic' in order) return panic(order);
  if ('screen' in order) {
    screen.settle(true);
    return say({ ev: 'screen', png: png(screen).toString('base64') });
  }
  throw new Error(`unknown order ${JSON.stringify(order)}`);
}

power();
createInterface({ input: process.stdin }).on('line', line => obey(JSON.parse(line))).on('close', () => process.exit(0));

if (option('paced')) {
  let [last, owed] = [performance.now(), 0];
  setInterval(() => {
    const now = performance.now();
    // A machine that cannot keep up makes the chip slow, never hurried.
    owed = Math.min(owed + (now - last) * 1e6, 250e6);
    last = now;
    // And never deaf: what is owed is run in short turns, between which orders are taken.
    while (owed > 0 && performance.now() - now < TURN) {
      const step = Math.min(SLICE, owed);
      runTo(time + step);
      owed -= step;
    }
  }, 2);
}
