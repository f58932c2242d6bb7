"""POST /tokens issues a bearer token; DELETE /tokens/{id} revokes it."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from annotator.api.body import Body, Text
from annotator.api.resource import Resource
from annotator.flow import sign_in


class NewToken(Body):
    """What a token is for, what it may do (nothing: all), and when it ends."""

    name = Text()
    scopes = serializers.ListField(
        child=Text(max_length=20), required=False, default=list, max_length=20
    )
    expires = serializers.DateTimeField(required=False, allow_null=True, default=None)


class IssuedToken(serializers.Serializer[None]):
    """The token, shown once."""

    id = serializers.CharField()
    token = serializers.CharField()


class TokensResource(Resource):
    """One's own tokens. A token of limited scopes issues none."""

    @extend_schema(request=NewToken, responses={201: IssuedToken})
    def post(self, request: Request) -> Response:
        """Issue a token."""
        given = self.read(request, NewToken)
        public_id, token = sign_in.issue_token(
            self.actor(request),
            name=given["name"],
            scopes=given["scopes"],
            expires=given["expires"],
        )
        return Response({"id": public_id, "token": token}, status=201)


class TokenResource(Resource):
    """One token."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, token: str) -> Response:
        """Revoke it."""
        sign_in.revoke_token(self.actor(request), token)
        return Response(status=204)
