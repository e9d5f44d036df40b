from ipaddress import ip_address, ip_network

import pytest

from relay.kernel.network import address_of, is_special, networks, within

SPECIAL = """
0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.255.255.255 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1
192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
168.63.129.16 :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1
2001:db8::1 2002:7f00:1:: 3fff::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 5f00::1 4000::1
"""
PUBLIC = (
    "8.8.8.8 1.1.1.1 172.15.255.255 172.32.0.1 100.128.0.1 2606:4700::1111 2a00:1450::1 64:ff9b::808:808 ::ffff:8.8.8.8"
)


@pytest.mark.proves("auth.R41")
@pytest.mark.parametrize("text", SPECIAL.split())
def test_an_address_for_special_use_is_known_as_one(text: str) -> None:
    assert is_special(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC.split())
def test_a_host_on_the_internet_is_not_special(text: str) -> None:
    assert not is_special(ip_address(text))


@pytest.mark.parametrize(
    ("text", "address"),
    [("::ffff:10.0.0.1", "10.0.0.1"), ("fe80::1%eth0", "fe80::1"), ("192.0.2.1", "192.0.2.1"), ("2a00::1", "2a00::1")],
)
def test_an_address_is_read_in_its_shortest_meaning(text: str, address: str) -> None:
    assert address_of(text) == ip_address(address)


@pytest.mark.parametrize(
    "text", [None, "", "localhost", "1.2.3", "1.2.3.4.5", "0x7f000001", "\u0661.2.3.4", "1.2.3.4 "]
)
def test_what_is_no_address_is_none(text: str | None) -> None:
    assert address_of(text) is None


def test_a_setting_holds_networks_and_single_addresses() -> None:
    assert networks("10.0.0.0/8, fd00::/8,192.0.2.7,") == (
        ip_network("10.0.0.0/8"),
        ip_network("fd00::/8"),
        ip_network("192.0.2.7/32"),
    )


def test_a_setting_holds_no_endless_list() -> None:
    with pytest.raises(ValueError, match="must be at most 64 networks"):
        networks(",".join(["10.0.0.0/8"] * 65))


def test_networks_of_the_other_family_hold_nothing_of_this_one() -> None:
    assert within(ip_address("10.0.0.1"), networks("10.0.0.0/8"))
    assert not within(ip_address("10.0.0.1"), networks("::/0"))
    assert not within(ip_address("::1"), networks("0.0.0.0/0"))
