"""marshmallow shapes of the JSON API, one file a resource."""
