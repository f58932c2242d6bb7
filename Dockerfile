FROM python:3.11-slim
RUN useradd --create-home --uid 10001 concord \
  && install -d -o concord -g concord -m 700 /data
WORKDIR /app
COPY . .
# Any command makes the environment; this one needs nothing else.
RUN CONCORD_HOME=/tmp/build ./run manage help > /dev/null && rm -rf /tmp/build /root/.cache
USER concord
ENV CONCORD_HOME=/data CONCORD_BIND=0.0.0.0:8000
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["./run", "web"]
