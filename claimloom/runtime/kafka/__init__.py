"""Services as workers on Kafka: connecting, topics, sending, and the line of a worker."""
