"""Drives a head by the public libraries visca_over_ip and pyvisca, as many commands as asked, and prints how long it took.

visca.py over-ip PORT COUNT     against a camera in Sony's datagrams on loopback
visca.py serial PATH COUNT      against a camera on a serial line
"""

import socket
import sys
import time


def over_ip(port, count):
    from visca_over_ip import Camera

    class HereCamera(Camera):
        # The library binds its second socket to the camera's own port, which an emulator on this machine has already.
        def __init__(self, ip, port):
            self._location = (ip, port)
            self._cmd_sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._cmd_sock.bind(("", 0))
            self._cmd_sock.settimeout(0.1)
            self._inq_sock = self._cmd_sock
            self.num_missed_responses = 0
            self.sequence_number = 0
            self.num_retries = 5
            self.reset_sequence_number()

    camera = HereCamera("127.0.0.1", port)
    camera.pantilt(1, 1)
    began = time.monotonic()
    for n in range(count):
        camera.pantilt(2 + n % 20, 1)
    return time.monotonic() - began


def serial(path, count):
    from pyvisca.visca import PTZ

    camera = PTZ(path)
    camera.command("8101060101010303FF")
    time.sleep(0.2)
    camera.reset_input_buffer()
    began = time.monotonic()
    for n in range(count):
        # The library waits for nothing; its own examples read what came after each command.
        camera.command("81010601%02X010203FF" % (2 + n % 20))
        while "ff" not in camera.read():
            if time.monotonic() - began > 60:
                sys.exit("no answer")
    return time.monotonic() - began


kind, where, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
took = over_ip(int(where), count) if kind == "over-ip" else serial(where, count)
print(took)
