"""A local stand-in for SendGrid with a mailbox page; it knows SendGrid's API and nothing of Waypoint."""
