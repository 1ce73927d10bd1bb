"""A small contract, as text."""

SHOP = """\
openapi: 3.1.1
info: {title: Shop, version: "1", description: A shop.}
servers:
  - url: https://api.shop.example/v2
x-sources:
  page: {title: the page, kind: vendor-page, url: https://shop.example/docs, retrieved: "2026-11-22"}
  house-decision: {title: house decision, kind: house-decision, retrieved: "2026-11-22"}
security:
  - key: []
paths:
  /orders/{id}:
    parameters:
      - name: id
        in: path
        required: true
        description: The order's number.
        schema: {type: string, pattern: "^[1-9][0-9]{0,8}$", x-assumed: [pattern]}
        example: "7"
    get:
      operationId: getOrder
      summary: Get an order
      x-provenance: documented
      x-source: "page: 1"
      parameters:
        - name: limit
          in: query
          description: How many at most.
          x-source: "page: 2"
          x-provenance: observed
          schema: {type: integer, minimum: 1, maximum: 100, default: 20}
        - {name: full, in: query, schema: {type: boolean}}
        - {name: scope-id, in: header, required: true, schema: {type: string, maxLength: 5, x-assumed: [maxLength]}}
      responses:
        "200":
          description: The order.
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Order"}
        "404": {description: There is none.}
    post:
      operationId: payOrder
      summary: Pay an order
      x-provenance: documented
      x-rules:
        - {id: only-once, says: An order is paid once., provenance: assumed, source: house-decision}
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Payment"}
            examples:
              whole:
                value: {amount: 10.50, currency: EUR}
      responses:
        "201":
          description: It is paid.
          x-provenance: observed
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Order"}
          links:
            order: {operationId: getOrder, parameters: {path.id: $response.body#/id}}
        "409": {description: It was paid before.}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: api-key}
  schemas:
    Order:
      type: object
      additionalProperties: false
      required: [id]
      properties:
        id: {type: string, description: Its number.}
        note: {type: string, x-provenance: assumed}
    Payment:
      type: object
      additionalProperties: false
      required: [amount, currency]
      description: What is paid.
      x-source: "page: 3"
      properties:
        amount: {type: number, exclusiveMinimum: 0, maximum: 1000, multipleOf: 0.01, x-assumed: [maximum],
          description: The sum paid.}
        currency: {enum: [EUR, USD], x-provenance: assumed}
        password: {type: string, format: password, minLength: 8, pattern: "^[a-z]+$", x-assumed: [minLength, pattern]}
"""

Change = tuple[str, str]
