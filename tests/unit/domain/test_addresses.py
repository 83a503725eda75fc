from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.addresses import parse_address, refuse_address

PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:1.1.1.1", "64:ff9b::101:101"]
OURS = """
    127.0.0.1 127.8.9.1 10.0.0.1 172.16.3.4 192.168.1.1 100.64.0.1 100.100.100.200 0.0.0.0 0.1.2.3 198.18.0.1
    192.0.2.1 240.0.0.1 255.255.255.255 ::1 :: fc00::1 fd00:ec2::254 fec0::1 2001:db8::1 ::ffff:127.0.0.1
    ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::127.0.0.1 ::10.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
    2002:7f00:1:: 2002:a00:1::1 2001:0:4136:e378:8000:63bf:80ff:fffe 100::1
""".split()
NEVER = """
    169.254.169.254 169.254.0.1 fe80::1 224.0.0.1 239.255.255.250 ff02::1 0.0.0.0 ::
""".split()


def refusal(text, **options):
    return refuse_address(ipaddress.ip_address(text), **options)


@pytest.mark.parametrize("text", PUBLIC)
def test_an_address_of_the_public_internet_may_be_reached(text):
    assert refusal(text) is None


@pytest.mark.parametrize("text", [*OURS, *NEVER])
def test_an_address_of_ours_may_not_be_reached_and_the_words_say_why(text):
    assert refusal(text).startswith("is ")


@pytest.mark.parametrize("text", ["127.0.0.1", "::1", "10.0.0.1", "fd00::1", "::ffff:192.168.0.1"])
def test_an_operator_may_open_this_machine_and_private_networks(text):
    assert refusal(text, private_allowed=True) is None


@pytest.mark.parametrize("text", [*NEVER, "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "::ffff:224.0.0.1"])
def test_metadata_and_multicast_stay_closed_to_operators_too(text):
    assert refusal(text, private_allowed=True)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_the_same_in_every_disguise(address):
    bits = int(address)
    disguises = [ipaddress.IPv6Address((0xFFFF << 32) | bits), ipaddress.IPv6Address((0x64FF9B << 96) | bits)]
    disguises.append(ipaddress.IPv6Address((0x2002 << 112) | (bits << 80)))
    assert {refuse_address(disguise) for disguise in disguises} == {refuse_address(address)}


@given(st.ip_addresses(v=6))
def test_ipv6_is_open_only_where_the_public_internet_is(address):
    if refuse_address(address) is None:
        assert (
            address in ipaddress.ip_network("2000::/3")
            or address.ipv4_mapped
            or int(address) >> 96 in (0, 0x64FF9B << 0)
        )


@pytest.mark.parametrize(
    "text", ["0177.0.0.1", "2130706433", "0x7f000001", "127.1", "127.0.0.1.", "example.org", "", "::1%"]
)
def test_what_is_no_address_in_its_usual_form_is_none(text):
    assert parse_address(text) is None
