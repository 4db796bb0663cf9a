"""Judges a sweep, a response and a reverberation time by scipy, which knows nothing of how they came about.

Reads one JSON text from standard input; says how many figures of each kind it judged, and what differs, a line each; ends with 1
when anything does.
"""

import json
import sys

import numpy as np
from scipy import signal, stats

given = json.load(sys.stdin)
rate = given["rate"]
wrong = []
judged = {}


def check(kind, what, value, should, within):
    judged[kind] = judged.get(kind, 0) + 1
    if not abs(value - should) <= within:
        wrong.append(f"{what} is {value:.3f} and should be {should:.3f}")


# The sweep, between its faded ends.
sweep = np.array(given["sweep"])
time = np.arange(len(sweep)) / rate
golden = given["peak"] * signal.chirp(
    time, given["from"], given["seconds"], given["to"], method="logarithmic", phi=-90
)
fade = int(0.01 * rate) + 2
inside = slice(fade, len(sweep) - fade)
check("sweep", "the sweep's largest difference", np.max(np.abs(sweep[inside] - golden[inside])), 0.0, 1e-4)

for room in given["rooms"]:
    # The recording is deconvolved by a regularised division over its whole length.
    recording = np.array(room["recording"])
    size = 1 << int(np.ceil(np.log2(len(recording) + len(sweep))))
    played = np.fft.rfft(sweep, size)
    heard = np.fft.rfft(recording[given["lead"] :], size)
    power = np.abs(played) ** 2
    impulse = np.fft.irfft(heard * np.conj(played) / (power + 1e-6 * power.max()), size)
    onset = int(np.argmax(np.abs(impulse[: int(0.6 * rate)]) > 0.5 * np.max(np.abs(impulse))))
    check("delay", "delay", room["delay"], onset * 1000 / rate, 1.0)

    window = impulse[max(onset - int(0.002 * rate), 0) : onset + int(0.5 * rate)]
    frequencies, passed = signal.freqz(window, worN=1 << 16, fs=rate)
    for middle, gain in room["response"]:
        band = (frequencies >= middle / 2 ** (1 / 6)) & (frequencies < middle * 2 ** (1 / 6))
        check("band", f"{middle:.0f} Hz", gain, 10 * np.log10(np.mean(np.abs(passed[band]) ** 2)), 1.0)

    # Schroeder's backward integral, from -5 to -25 dB, of the speech bands alone (ISO 3382-2, T20).
    if room["reverberation"] is not None:
        bands = signal.butter(4, [300, 3400], "bandpass", fs=rate, output="sos")
        after = signal.sosfiltfilt(bands, impulse)[onset : onset + int(0.6 * rate)]
        energy = np.cumsum(after[::-1] ** 2)[::-1]
        level = 10 * np.log10(energy / energy[0])
        steep = (level <= -5) & (level >= -25)
        slope = stats.linregress(np.arange(len(level))[steep] / rate, level[steep]).slope
        check("decay", "reverberation, as a ratio", room["reverberation"] / (-60 / slope), 1.0, 0.15)

print(" ".join(f"{kind}={count}" for kind, count in judged.items()))
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
