"""A subscriber over WS-Management: pypsrp with the one header that it does not know."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from queue import Queue

from pypsrp.exceptions import WSManFaultError
from pypsrp.wsman import WSMan

from reference_impl.wsman import names
from tests.reference_impl.managing import client, local, selectors, tag
from tests.servers import Reply

STATE_CHANGE = (
    'SELECT * FROM CIM_InstModification WHERE SourceInstance ISA "CIM_ComputerSystem" AND '
    "SourceInstance.EnabledState <> PreviousInstance.EnabledState"
)
ACTION = f"{{{names.ADDRESSING}}}Action"
MESSAGE_ID = f"{{{names.ADDRESSING}}}MessageID"


class Subscriber(WSMan):
    """pypsrp's client; `identifier` is sent as the header wse:Identifier."""

    identifier = ""

    def _create_header(self, *arguments, **more):
        message_id, header = super()._create_header(*arguments, **more)
        if self.identifier:
            must = {f"{{{names.SOAP}}}mustUnderstand": "true"}
            ET.SubElement(header, tag("wse", "Identifier"), must).text = self.identifier
        return message_id, header

    def subscribe(self, body, uri=names.ALL_CLASSES, chosen=None):
        """Subscribe; return the answer, and name the subscription from now on."""
        said = chosen or selectors()
        answer = self.invoke(names.SUBSCRIBE, uri, body, selector_set=said)
        self.identifier = answer.findtext(f".//{tag('wse', 'Identifier')}")
        return answer

    def say(self, action, expires=""):
        """Send Renew, GetStatus or Unsubscribe; return what the answer says of the end."""
        body = ET.Element(tag("wse", action))
        if expires:
            ET.SubElement(body, tag("wse", "Expires")).text = expires
        uri = f"{names.EVENTING}/{action}"
        answer = self.invoke(uri, names.ALL_CLASSES, body, selector_set=selectors())
        return answer.findtext(f".//{tag('wse', 'Expires')}")

    def fetch(self, context, most=100, wait=""):
        """Pull events; `wait` is how long the server is to wait for one."""
        body = ET.Element(tag("wsen", "Pull"))
        ET.SubElement(body, tag("wsen", "EnumerationContext")).text = context
        ET.SubElement(body, tag("wsen", "MaxElements")).text = str(most)
        if wait:
            ET.SubElement(body, tag("wsen", "MaxTime")).text = wait
        answer = self.pull(names.ALL_CLASSES, body, selector_set=selectors())
        return list(answer.find(f".//{tag('wsen', 'Items')}"))


def subscriber(server, **more):
    """Return a subscriber of a reference server."""
    made = client(server.wsman_url, **more)
    made.__class__ = Subscriber
    return made


def subscription(mode, *, url="", expires="PT600S", query=STATE_CHANGE, dialect=names.WQL_FILTER):
    """Return the body of a Subscribe; `url` is told a header x:Mark with each event."""
    body = ET.Element(tag("wse", "Subscribe"))
    delivery = ET.SubElement(body, tag("wse", "Delivery"), {"Mode": mode})
    if url:
        notify = ET.SubElement(delivery, tag("wse", "NotifyTo"))
        ET.SubElement(notify, tag("wsa", "Address")).text = url
        parameters = ET.SubElement(notify, tag("wsa", "ReferenceParameters"))
        ET.SubElement(parameters, "{urn:x}Mark").text = "mine & thine"
    if expires:
        ET.SubElement(body, tag("wse", "Expires")).text = expires
    if query:
        holder = ET.SubElement(body, tag("wsman", "Filter"), {"Dialect": dialect})
        holder.text = query
    return body


def context_of(answer):
    """Return the context by which events are pulled."""
    return answer.findtext(f".//{tag('wsen', 'EnumerationContext')}")


def child(element, name):
    """Return the child of an element by its local name."""
    return next((each for each in element if local(each) == name), None)


def change_of(event):
    """Return the class of an event, and the state of the system before and after it."""
    ends = (child(event, name) for name in ("PreviousInstance", "SourceInstance"))
    return local(event), *(child(end, "EnabledState").text for end in ends)


def acknowledgement(message, relates_to=""):
    """Return the answer of a listener that took an event."""
    sent = relates_to or message.find(f".//{MESSAGE_ID}").text
    return (
        f'<s:Envelope xmlns:s="{names.SOAP}" xmlns:wsa="{names.ADDRESSING}"><s:Header>'
        f"<wsa:Action>{names.ACKNOWLEDGE}</wsa:Action><wsa:RelatesTo>{sent}</wsa:RelatesTo>"
        "</s:Header><s:Body/></s:Envelope>"
    ).encode()


class Sink:
    """A listener: takes events, or answers as `answers` say, and keeps what it was told."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self._told = Queue()

    def respond(self, received):
        """Answer one request."""
        message = ET.fromstring(received.body)
        answer = self._answers.pop(0) if self._answers else Reply(b"", 202)
        self._told.put(message)
        return answer(message) if callable(answer) else answer

    @property
    def idle(self):
        """Whether nothing was told that was not looked at."""
        return self._told.empty()

    def next(self):
        """Return the next message, when it comes."""
        return self._told.get(timeout=20)


def body_of(message):
    """Return what the body of a message holds."""
    return message.find(f"{{{names.SOAP}}}Body")[0]


def refusal(action, *arguments, **more):
    """Return the code of the fault that refuses a request, "" when nothing does."""
    try:
        action(*arguments, **more)
    except WSManFaultError as fault:
        return fault.code
    return ""
