"""POST /projects/{p}/imports: a file of items, imported by a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from django.core.files import File
from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.jobs import Started
from annotator.api.parsing import strict_json
from annotator.api.resource import Resource
from annotator.catalog.queries import MANAGERS, project_for
from annotator.core.errors import Invalid, TooLarge
from annotator.flow import jobs, uploads
from annotator.flow.intake import shape_of

KIND = "import_items"
FORM_BYTES = 64 * 1024
"""Room for the form around the file."""


class ItemsFile(serializers.Serializer[None]):
    """The multipart form."""

    file = serializers.FileField()
    mapping = serializers.CharField(
        required=False, help_text='JSON: our field → the file\'s column, like {"prompt": "text"}.'
    )


class ImportsResource(Resource):
    """Imports of a project, for managers."""

    scope = "manage"
    parser_classes = (MultiPartParser,)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Refuse what is too large before a byte of it is read."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdigit() or int(length) > uploads.max_bytes() + FORM_BYTES:
            message = f"A file has at most {uploads.max_bytes():,} bytes."
            raise TooLarge(message, fields={"file": message})
        super().initial(request, *args, **kwargs)

    @extend_schema(request={"multipart/form-data": ItemsFile}, responses={202: Started})
    def post(self, request: Request, slug: str) -> Response:
        """Store the file and start its import."""
        actor = self.actor(request)
        project = project_for(actor, slug, MANAGERS)
        file, mapping = _form(request)
        shape_of(project, mapping)
        upload = uploads.store(file.chunks(), filename=file.name or "")
        payload = {"path": upload.path, "filename": upload.filename, "mapping": dict(mapping)}
        try:
            job = jobs.start(actor, slug, KIND, payload)
        except BaseException:
            upload.absolute.unlink(missing_ok=True)
            raise
        return Response({"job": job}, status=202)


def _form(request: Request) -> tuple[File[bytes], Mapping[str, str]]:
    data = cast("QueryDict", request.data)
    unknown = sorted(set(data) - {"file", "mapping"})
    if unknown:
        message = f"Unknown fields: {', '.join(unknown)}; known: file, mapping."
        raise Invalid(message, fields=dict.fromkeys(unknown, "Unknown field."))
    files = request.FILES.getlist("file")
    if len(files) != 1:
        message = "Send one file, as the form's field `file`."
        raise Invalid(message, fields={"file": message})
    return files[0], _mapping(data.get("mapping") or "{}")


def _mapping(text: str) -> Mapping[str, str]:
    mapping = strict_json(text)
    if isinstance(mapping, dict) and all(isinstance(name, str) for name in mapping.values()):
        return mapping
    message = 'mapping is a JSON object of texts, like {"prompt": "text"}.'
    raise Invalid(message, fields={"mapping": message})
